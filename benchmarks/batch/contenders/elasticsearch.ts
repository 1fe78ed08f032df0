import { Client, HttpConnection } from '@elastic/elasticsearch'
import type { BenchEvent } from '../event.ts'
import type { Contender, Setup } from './contender.ts'

export function elasticsearch({ url, tuning, gzip }: Setup): Contender {
  const client = new Client({ node: new URL(url).origin, compression: gzip, Connection: HttpConnection })
  const source = new Feed()
  const done = client.helpers.bulk<BenchEvent>({
    datasource: source.events(),
    onDocument: () => ({ create: { _index: 'events' } }),
    ...(tuning === 'tuned' ? { flushBytes: 300_000, flushInterval: 1000 } : {}),
  })
  return {
    add: (event) => source.push(event),
    async close() {
      source.end()
      await done
      await client.close()
    },
  }
}

/** The helper pulls from an iterator: this hands it what is added, and has no bound of its own. */
class Feed {
  readonly #events: BenchEvent[] = []
  #head = 0
  #hasEnded = false
  #wake: (() => void) | undefined

  push(event: BenchEvent): void {
    this.#events.push(event)
    this.#wake?.()
  }

  end(): void {
    this.#hasEnded = true
    this.#wake?.()
  }

  async *events(): AsyncGenerator<BenchEvent> {
    for (;;) {
      const event = this.#events[this.#head]
      if (event !== undefined) {
        this.#head += 1
        if (this.#head > 10_000) this.#events.splice(0, this.#head).length = this.#head = 0
        yield event
      } else if (this.#hasEnded) return
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
