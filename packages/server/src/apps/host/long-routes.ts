/** The first request of a route that computes for so long makes it a long one, in milliseconds. */
const surelyMs = 50

/** Within so many quick requests of a route, a second long one makes the route a long one. */
const quickBetween = 20

/** So many quick answers in a row, and a long route is none any more. */
const quickInARow = 32

/** Routes that are remembered at a time. */
const maxRoutes = 200

/** Which routes of an app compute for long, as learned from their requests. */
export class LongRoutes {
  /** Routes with one long request, and the quick ones since. */
  readonly #suspects = new Map<string, number>()
  /** Long routes, and the quick answers of each since its last long one. */
  readonly #long = new Map<string, number>()

  /** Whether there are none: then nobody need find out the route of a request. */
  get isEmpty(): boolean {
    return this.#long.size === 0
  }

  forget(): void {
    this.#long.clear()
  }

  has(route: string): boolean {
    return this.#long.has(route)
  }

  add(route: string): void {
    this.#suspects.delete(route)
    if (this.#long.size < maxRoutes) this.#long.set(route, 0)
  }

  /**
   * A request computed for long; `answered` is how many of its route were answered before. True when that makes it a long route. One long
   * request among many quick ones is a pause of the collector, or something else that is not its own.
   */
  sawLong(route: string, heldMs: number, answered: number): boolean {
    if (this.#long.has(route)) {
      this.#long.set(route, 0)
      return false
    }
    const isSure = heldMs >= surelyMs && answered < quickBetween
    if (!isSure && !this.#suspects.has(route)) {
      if (this.#suspects.size < maxRoutes) this.#suspects.set(route, 0)
      return false
    }
    this.add(route)
    return this.#long.has(route)
  }

  sawQuick(route: string): void {
    count(this.#suspects, route, quickBetween)
    count(this.#long, route, quickInARow)
  }
}

/** Forgets a route with the last quick request that it may have. */
function count(routes: Map<string, number>, route: string, most: number): void {
  if (routes.size === 0) return
  const quick = routes.get(route)
  if (quick === undefined) return
  if (quick + 1 >= most) routes.delete(route)
  else routes.set(route, quick + 1)
}
