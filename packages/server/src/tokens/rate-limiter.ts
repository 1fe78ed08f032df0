import type { RateLimit } from './token-limits.ts'

interface Bucket {
  level: number
  atMs: number
}

/** Buckets that are kept; the one unused for longest makes room. A forgotten bucket is a full one. */
const maxBuckets = 50_000

/** Token buckets by key. Exact within this process: nothing happens between the check and the count. */
export class RateLimiter {
  readonly #buckets = new Map<string, Bucket>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** 0 when it is admitted and counted; otherwise how long until the next would be, in milliseconds. */
  take(key: string, { runs, windowMs, burst = runs }: RateLimit): number {
    const nowMs = this.#now()
    const perMs = runs / windowMs
    const bucket = this.#buckets.get(key) ?? { level: burst, atMs: nowMs }
    bucket.level = Math.min(burst, bucket.level + (nowMs - bucket.atMs) * perMs)
    bucket.atMs = nowMs
    this.#keep(key, bucket)
    if (bucket.level < 1) return (1 - bucket.level) / perMs
    bucket.level -= 1
    return 0
  }

  forget(key: string): void {
    this.#buckets.delete(key)
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size <= maxBuckets) return
    const [oldest] = this.#buckets.keys()
    if (oldest !== undefined) this.#buckets.delete(oldest)
  }
}
