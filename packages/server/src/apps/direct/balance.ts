import type { Instance } from './instance.ts'

/** How often the shares are looked at when nothing new comes, and how soon after something came, in milliseconds. */
const everyMs = 1_000
const soonMs = 15

/** A runtime that does not say its share for so long is busy: nothing more should come to it now, in milliseconds. */
const answerMs = 100

/** Few connections are not worth a new one, nor are small differences; while connections come, larger ones are small. */
const leastConnections = 2
const tolerance = 1.15

/**
 * Keeps the shares of connections even between runtimes that accept from one socket: whoever was free when many came has them for as long
 * as they are kept alive. One that has too many ends some with their next answers, and the next to be free takes what comes instead.
 */
export class Balance implements Disposable {
  readonly #instances: () => readonly Instance[]
  readonly #timer: NodeJS.Timeout
  #soon: NodeJS.Timeout | undefined
  #looking = false

  constructor(instances: () => readonly Instance[]) {
    this.#instances = instances
    this.#timer = setInterval(() => void this.#look(0), everyMs)
  }

  /** Somebody has taken connections. */
  look(): void {
    this.#soon ??= setTimeout(() => {
      this.#soon = undefined
      void this.#look(1)
    }, soonMs)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    clearTimeout(this.#soon)
  }

  /** `slack`: connections above the mean that are left where they are. */
  async #look(slack: number): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    const shares = await Promise.all(
      this.#instances().map(async (instance) => ({ instance, count: await instance.connections(answerMs) })),
    )
    this.#looking = false
    const known = shares.filter(({ count }) => count !== undefined) as { instance: Instance; count: number }[]
    if (known.length < 2) return
    const mean = known.reduce((sum, { count }) => sum + count, 0) / known.length
    for (const { instance, count } of known) {
      // Half of what is too much: some of it comes back.
      const surplus = Math.ceil((count - mean) / 2)
      const isTooMuch = count > mean * tolerance && count > mean + slack
      if (mean >= leastConnections && isTooMuch) instance.tell({ type: 'give', connections: surplus })
    }
  }
}
