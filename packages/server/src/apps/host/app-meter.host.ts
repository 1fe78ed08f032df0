import { latencyBoundsMs, type AppCounts, type SocketCounts } from '../app-counts.ts'

/** What one runtime has answered since it started. Recording costs two array writes. */
export class AppMeter {
  readonly #statuses: number[] = Array.from({ length: 600 }, () => 0)
  readonly #buckets: number[] = Array.from({ length: latencyBoundsMs.length + 1 }, () => 0)
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

  answered(status: number, tookMs: number): void {
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1
    let bucket = 0
    while (tookMs > (latencyBoundsMs[bucket] ?? Infinity)) bucket += 1
    this.#buckets[bucket] = (this.#buckets[bucket] ?? 0) + 1
    this.#sumMs += tookMs
  }

  read(): AppCounts {
    const { inFlight, shed, timeouts, failures } = this
    const statuses = Object.fromEntries(this.#statuses.entries().filter(([, count]) => count > 0))
    const latency = { buckets: [...this.#buckets], sumMs: this.#sumMs }
    return { statuses, latency, inFlight, shed, timeouts, failures, sockets: { ...this.sockets } }
  }
}
