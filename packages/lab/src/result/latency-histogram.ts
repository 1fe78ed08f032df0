import hdr from 'hdr-histogram-js'
import type { EncodedHistogram } from './encoded-histogram.ts'

type Buckets = InstanceType<typeof hdr.Int32Histogram>

const significantDigits = 3
/** One hour in microseconds: a longer time is counted in the last bucket, while `max` stays exact. */
const highestBucketUs = 3_600_000_000

/**
 * A distribution of times in microseconds: HdrHistogram buckets (0.1 % wide) with exact count, sum, min and max. The buckets are
 * made at the first value, so an idle series costs nothing.
 */
export class LatencyHistogram {
  #buckets: Buckets | undefined
  #count = 0
  #sum = 0
  #min = Infinity
  #max = 0
  readonly unit: EncodedHistogram['unit']

  constructor(unit: EncodedHistogram['unit'] = 'us') {
    this.unit = unit
  }

  get count(): number {
    return this.#count
  }

  /** Smallest value; 0 when empty. */
  get min(): number {
    return this.#count === 0 ? 0 : this.#min
  }

  get max(): number {
    return this.#max
  }

  get sum(): number {
    return this.#sum
  }

  get mean(): number {
    return this.#count === 0 ? 0 : this.#sum / this.#count
  }

  /** Counts a value. A negative value (two clocks that disagree by a tick) counts as 0; a fraction is rounded. */
  record(value: number): void {
    const rounded = value > 0 ? Math.round(value) : 0
    this.#buckets ??= makeBuckets()
    this.#buckets.recordValue(Math.min(rounded, highestBucketUs))
    this.#count++
    this.#sum += rounded
    if (rounded < this.#min) this.#min = rounded
    if (rounded > this.#max) this.#max = rounded
  }

  add(other: LatencyHistogram): void {
    if (other.#buckets === undefined) return
    this.#buckets ??= makeBuckets()
    this.#buckets.add(other.#buckets)
    this.#count += other.#count
    this.#sum += other.#sum
    this.#min = Math.min(this.#min, other.#min)
    this.#max = Math.max(this.#max, other.#max)
  }

  /**
   * The value that `percent` of the values do not exceed, by upper rank: never below the smallest value, never above the largest.
   * 0 when empty. Whether the sample is large enough for the percentile to mean anything: `isPercentileSupported`.
   */
  percentile(percent: number): number {
    if (this.#buckets === undefined) return 0
    // Rounding before the ceiling keeps 99.9 % of 1,000 at rank 999 although 0.999 * 1000 is not exact in binary.
    const rank = Math.max(1, Math.ceil(Number(((percent / 100) * this.#count).toFixed(6))))
    if (rank >= this.#count) return this.#max
    const value = this.#buckets.getValueAtPercentile((rank / this.#count) * 100)
    return Math.min(Math.max(value, this.#min), this.#max)
  }

  /** Share of the values at or below `value`, 0 to 1. */
  shareAtOrBelow(value: number): number {
    if (this.#buckets === undefined) return 0
    let below = 0
    for (const bucket of this.buckets()) {
      if (bucket.to > value) break
      below += bucket.count
    }
    return below / this.#count
  }

  /** Filled buckets from low to high; `from` and `to` are inclusive. */
  *buckets(): Generator<{ readonly from: number; readonly to: number; readonly count: number }> {
    const buckets = this.#buckets
    if (buckets === undefined) return
    const last = buckets.countsArrayIndex(Math.min(this.#max, highestBucketUs))
    for (let index = 0; index <= last; index++) {
      const count = buckets.getCountAtIndex(index)
      if (count === 0) continue
      const from = buckets.valueFromIndex(index)
      yield { from, to: buckets.nextNonEquivalentValue(from) - 1, count }
    }
  }

  reset(): void {
    this.#buckets?.reset()
    this.#count = 0
    this.#sum = 0
    this.#min = Infinity
    this.#max = 0
  }

  encode(): EncodedHistogram {
    const text = this.#count === 0 || this.#buckets === undefined ? '' : hdr.encodeIntoCompressedBase64(this.#buckets)
    return { unit: this.unit, count: this.#count, min: this.min, max: this.#max, sum: this.#sum, hdr: text }
  }

  static decode(encoded: EncodedHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram(encoded.unit)
    if (encoded.count === 0) return histogram
    const buckets = hdr.decodeFromCompressedBase64(encoded.hdr, 32) as Buckets
    buckets.autoResize = true
    histogram.#buckets = buckets
    histogram.#count = encoded.count
    histogram.#sum = encoded.sum
    histogram.#min = encoded.min
    histogram.#max = encoded.max
    return histogram
  }

  /** One histogram of all the values of several. */
  static merged(histograms: Iterable<LatencyHistogram>, unit: EncodedHistogram['unit'] = 'us'): LatencyHistogram {
    const merged = new LatencyHistogram(unit)
    for (const histogram of histograms) merged.add(histogram)
    return merged
  }
}

function makeBuckets(): Buckets {
  const buckets = new hdr.Int32Histogram(1, 2, significantDigits)
  buckets.autoResize = true
  return buckets
}
