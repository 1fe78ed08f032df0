import { latencyBoundsMs, type AppCounts, type SocketCounts } from '../app-counts.ts'

/** Routes that are counted by themselves; more than these are one. */
const maxRoutes = 100
const otherRoutes = 'other'

/** What one runtime has answered since it started. Recording costs a look-up and a few writes. */
export class AppMeter {
  readonly #statuses: number[] = noCounts()
  readonly #buckets: number[] = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0)
  readonly #routes = new Map<string, number[]>()
  #sumMs = 0
  inFlight = 0
  shed = 0
  timeouts = 0
  failures = 0
  readonly sockets: { -readonly [Name in keyof SocketCounts]: number } = {
    open: 0,
    opened: 0,
    received: 0,
    sent: 0,
    closedByPolicy: 0,
  }

  answered(status: number, tookMs: number, route: string): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    const ofRoute = this.#statusesOf(route)
    ofRoute[status] = (ofRoute[status] ?? 0) + 1
    let bucket = 0
    while (tookMs > (latencyBoundsMs[bucket] ?? Infinity)) bucket += 1
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#sumMs += tookMs
  }

  /** Requests of a route that were answered. */
  answeredOf(route: string): number {
    const counts = this.#routes.get(route) ?? this.#routes.get(otherRoutes)
    return counts?.reduce((sum, count) => sum + count, 0) ?? 0
  }

  read(): AppCounts {
    const { inFlight, shed, timeouts, failures } = this
    const statuses = byStatus(this.#statuses)
    const latency = { buckets: [...this.#buckets], sumMs: this.#sumMs }
    const routes = Object.fromEntries(this.#routes.entries().map(([route, counts]) => [route, byStatus(counts)]))
    return { statuses, routes, latency, inFlight, shed, timeouts, failures, sockets: { ...this.sockets } }
  }

  #statusesOf(route: string): number[] {
    const found = this.#routes.get(route)
    if (found !== undefined) return found
    if (this.#routes.size >= maxRoutes && route !== otherRoutes) return this.#statusesOf(otherRoutes)
    const created = noCounts()
    this.#routes.set(route, created)
    return created
  }
}

/** One for each status there may be. */
function noCounts(): number[] {
  return Array.from({ length: 600 }, () => 0)
}

function byStatus(counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(counts.entries().filter(([, count]) => count > 0))
}
