/** How many sends may be in flight. A fixed number is a range of one. */
export interface ConcurrencyRange {
  readonly min: number
  readonly max: number
}

const shrink = 0.9
const latencyWeight = 0.4
/** A send this much slower than the average means that the destination queues. */
const slowRatio = 1.5

/**
 * Adaptive concurrency: one more when every place is taken and answers do not slow down, a tenth less when they do or fail.
 * The rule and its weights are those of Vector's adaptive request concurrency.
 */
export class Concurrency {
  readonly #range: ConcurrencyRange
  #limit: number
  #averageMs: number | undefined

  constructor(range: ConcurrencyRange) {
    this.#range = range
    this.#limit = range.min
  }

  get limit(): number {
    return Math.floor(this.#limit)
  }

  succeed(tookMs: number, wasSaturated: boolean): void {
    const averageMs = this.#averageMs ?? tookMs
    this.#averageMs = averageMs + latencyWeight * (tookMs - averageMs)
    if (tookMs > averageMs * slowRatio) this.fail()
    else if (wasSaturated) this.#limit = Math.min(this.#range.max, this.#limit + 1)
  }

  fail(): void {
    this.#limit = Math.max(this.#range.min, this.#limit * shrink)
  }
}
