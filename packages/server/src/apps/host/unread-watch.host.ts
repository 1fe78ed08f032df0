import type { Socket } from 'node:net'

/** How often connections are looked at, in milliseconds. */
const everyMs = 1_000

/**
 * Finds clients that do not take their answers, or do not end a connection that is ended here. Node's own timer of a connection is made anew
 * with each request and moved with each read and write, which costs more than all that is counted of a request; here only connections whose
 * client has to do something get one when they are looked at. Its `timeout` event is for whoever listens to the server's.
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
    for (const connection of this.#connections()) {
      // Nothing more is sent on one that is ended here: it waits for its peer, who may never end it.
      const isPeersTurn = connection.writableLength > 0 || connection.writableEnded
      if (isPeersTurn && connection.timeout !== this.#idleMs) connection.setTimeout(this.#idleMs)
    }
  }
}
