import type { BenchEvent } from '../event.ts'

/** A worker with a buffer of its own that takes nothing while it waits for an answer, and misses the ticks of that time. */
export class SyncWorker {
  readonly #url: string
  readonly #maxEvents: number
  #buffer: BenchEvent[] = []
  #sending: Promise<void> | undefined

  constructor(options: { readonly url: string; readonly maxEvents: number }) {
    this.#url = options.url
    this.#maxEvents = options.maxEvents
  }

  take(event: BenchEvent): boolean {
    if (this.#sending !== undefined) return false
    this.#buffer.push(event)
    if (this.#buffer.length >= this.#maxEvents) this.tick()
    return true
  }

  async stop(): Promise<void> {
    await this.#sending
    this.tick()
    await this.#sending
  }

  /** The time of its ticker has come. */
  tick(): void {
    if (this.#sending !== undefined || this.#buffer.length === 0) return
    const events = this.#buffer
    this.#buffer = []
    this.#sending = post(this.#url, events).then(() => {
      this.#sending = undefined
    })
  }
}

async function post(url: string, events: readonly BenchEvent[]): Promise<void> {
  const response = await fetch(url, { method: 'POST', body: events.map((event) => JSON.stringify(event)).join('\n') })
  await response.arrayBuffer()
}
