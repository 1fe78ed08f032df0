import type { Socket } from 'node:net'

/** How often connections are looked at, in milliseconds. */
const everyMs = 1_000

/**
 * Finds clients that do not take their answers. Node's own timer of a connection is made anew with each request and moved with each read
 * and write, which costs more than all that is counted of a request; here only connections get one that have something to take when they
 * are looked at. Its `timeout` event is for whoever listens to the server's.
 */
export class UnreadWatch implements Disposable {
  readonly #connections: () => Iterable<Socket>
  readonly #idleMs: number
  readonly #timer: NodeJS.Timeout

  /** @param idleMs without progress until the event, in milliseconds; it comes up to a second later. */
  constructor(connections: () => Iterable<Socket>, idleMs: number) {
    this.#connections = connections
    this.#idleMs = idleMs
    this.#timer = setInterval(() => this.#look(), Math.min(everyMs, idleMs))
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    for (const connection of this.#connections())
      if (connection.writableLength > 0 && connection.timeout !== this.#idleMs) connection.setTimeout(this.#idleMs)
  }
}
