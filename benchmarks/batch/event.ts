/** The event of all measurements: 256 bytes or so of JSON, with its number where the sink can find it in any format. */
export interface BenchEvent {
  readonly mark: string
  readonly type: string
  readonly user: string
  readonly url: string
  readonly referrer: string
  readonly width: number
  readonly height: number
}

export function eventOf(n: number): BenchEvent {
  return {
    mark: `n=${n};`,
    type: n % 7 === 0 ? 'signup' : 'page_view',
    user: `user-${(n * 7919) % 100_000}`,
    url: `https://shop.example.com/products/${(n * 104_729) % 5000}?ref=newsletter`,
    referrer: 'https://www.example.com/search?q=flat+latency',
    width: 1000 + (n % 900),
    height: 700 + (n % 300),
  }
}
