/** Counts in fixed buckets, in a typed array: a few nanoseconds for a record, nothing allocated. */
export class Histogram {
  /** Upper bounds, ascending; one more bucket counts what is above. */
  readonly bounds: readonly number[]
  readonly #counts: Float64Array
  #sum = 0

  constructor(bounds: readonly number[]) {
    this.bounds = bounds
    this.#counts = new Float64Array(bounds.length + 1)
  }

  record(value: number, times = 1): void {
    let index = 0
    while (index < this.bounds.length && value > (this.bounds[index] ?? 0)) index += 1
    this.#counts[index] = (this.#counts[index] ?? 0) + times
    this.#sum += value * times
  }

  get sum(): number {
    return this.#sum
  }

  /** Counts of each bucket, the last being what is above all bounds. */
  get counts(): readonly number[] {
    return [...this.#counts]
  }
}
