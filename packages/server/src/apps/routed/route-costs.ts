/** A request that keeps an event loop busy for longer is long, in milliseconds: one runtime is left to the others. */
export const longMs = 10

/** How long requests keep the event loop of a runtime busy, by route, as learned from those before. Bounded. */
export class RouteCosts {
  readonly #costs = new Map<string, number>()

  /** In milliseconds. */
  expectedMs(route: string): number {
    return this.#costs.get(route) ?? unknownMs
  }

  /**
   * More is believed sooner than less: a request that is taken for a quick one holds up others, the reverse only itself. But one that was
   * quick until now does not become long by one request: that may have been a pause of the collector.
   */
  learn(route: string, busyMs: number): void {
    const before = this.#costs.get(route)
    const sampleMs = Math.max(quickMs, busyMs)
    if (before === undefined && this.#costs.size >= maxRoutes) this.#forgetOldest()
    if (before === sampleMs) return
    const expectedMs = before ?? unknownMs
    const weight = sampleMs > expectedMs ? riseWeight : fallWeight
    const learnedMs = expectedMs + (sampleMs - expectedMs) * weight
    const wasQuick = before !== undefined && before < doubtMs
    this.#costs.set(route, wasQuick ? Math.min(learnedMs, longMs - 1) : learnedMs)
  }

  #forgetOldest(): void {
    const [oldest] = this.#costs.keys()
    if (oldest !== undefined) this.#costs.delete(oldest)
  }
}

/** Of a route that nobody has asked for yet, and the least that any has, in milliseconds. */
const unknownMs = 2
const quickMs = 0.1

/** Below this a route is known to be quick, in milliseconds. */
const doubtMs = 2

const riseWeight = 0.5
const fallWeight = 0.25
const maxRoutes = 1_000
