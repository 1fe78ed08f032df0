import { Pool } from 'undici'
import type { Instance } from '../direct/instance.ts'

/** How long the gateway keeps an idle connection to a runtime, in milliseconds. */
const keepAliveMs = 30_000

/** The gateway's connections to one runtime, and what it has under way there. */
export class RuntimeLink {
  readonly instance: Instance
  readonly pool: Pool
  readonly socket: string
  inFlight = 0
  #state: 'up' | 'doubtful' | 'down' = 'up'

  constructor(instance: Instance, socket: string) {
    this.instance = instance
    this.socket = socket
    // The runtime itself answers for time limits; when it is stuck, its supervisor ends it, and with it the connection.
    this.pool = new Pool('http://app', {
      connect: { socketPath: socket, timeout: 5_000 },
      keepAliveTimeout: keepAliveMs,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 256 * 1_024,
    })
  }

  get isServing(): boolean {
    return this.#state === 'up' && this.instance.state === 'serving'
  }

  /** Nobody answers any more; the pool will notice, too. */
  down(): void {
    this.#state = 'down'
  }

  /** It dropped a connection: perhaps because it is gone. Resolves when it has said that it is not, or there is no doubt any more. */
  async doubt(): Promise<void> {
    if (this.#state !== 'up') return
    this.#state = 'doubtful'
    await this.instance.refresh()
    this.#state = 'up'
  }

  /** Lets what is under way end. */
  close(): void {
    if (this.instance.state === 'ended') void this.pool.destroy().catch(() => undefined)
    else void this.pool.close().catch(() => undefined)
  }
}
