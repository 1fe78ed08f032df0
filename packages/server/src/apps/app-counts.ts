/** Upper bounds of the latency buckets; one more holds what is above them. */
export const latencyBoundsMs: readonly number[] = [
  1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000,
]

export interface SocketCounts {
  readonly open: number
  readonly opened: number
  readonly received: number
  readonly sent: number
  /** Closed by a limit: too large a message, a peer that does not read or does not answer pings. */
  readonly closedByPolicy: number
}

/** What one runtime, or several together, have answered. */
export interface AppCounts {
  /** By status code. */
  readonly statuses: Readonly<Record<string, number>>
  /** By route, then by status code. */
  readonly routes: Readonly<Record<string, Readonly<Record<string, number>>>>
  readonly latency: { readonly buckets: readonly number[]; readonly sumMs: number }
  readonly inFlight: number
  /** Refused at once because of `maxConcurrent` or `maxLoopDelayMs`. */
  readonly shed: number
  /** Answered with 504. */
  readonly timeouts: number
  /** Answered with 500 because the app threw or returned no response. */
  readonly failures: number
  readonly sockets: SocketCounts
}

export function noCounts(): AppCounts {
  const sockets = { open: 0, opened: 0, received: 0, sent: 0, closedByPolicy: 0 }
  const latency = { buckets: [...latencyBoundsMs.map(() => 0), 0], sumMs: 0 }
  return { statuses: {}, routes: {}, latency, inFlight: 0, shed: 0, timeouts: 0, failures: 0, sockets }
}

export function addCounts(first: AppCounts, second: AppCounts): AppCounts {
  const routes: Record<string, Readonly<Record<string, number>>> = { ...first.routes }
  for (const [route, statuses] of Object.entries(second.routes)) routes[route] = sums(routes[route] ?? {}, statuses)
  return {
    statuses: sums(first.statuses, second.statuses),
    routes,
    latency: {
      buckets: first.latency.buckets.map((count, index) => count + (second.latency.buckets[index] ?? 0)),
      sumMs: first.latency.sumMs + second.latency.sumMs,
    },
    inFlight: first.inFlight + second.inFlight,
    shed: first.shed + second.shed,
    timeouts: first.timeouts + second.timeouts,
    failures: first.failures + second.failures,
    sockets: addSockets(first.sockets, second.sockets),
  }
}

function sums(
  first: Readonly<Record<string, number>>,
  second: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const result: Record<string, number> = { ...first }
  for (const [name, count] of Object.entries(second)) result[name] = (result[name] ?? 0) + count
  return result
}

/** What stays of a runtime that is gone: its totals, not what was under way. */
export function withoutCurrent(counts: AppCounts): AppCounts {
  return { ...counts, inFlight: 0, sockets: { ...counts.sockets, open: 0 } }
}

/** Of a runtime that answers for others, which count its answers: only what they do not see. */
export function failuresOf({ failures }: AppCounts): AppCounts {
  return { ...noCounts(), failures }
}

function addSockets(first: SocketCounts, second: SocketCounts): SocketCounts {
  return {
    open: first.open + second.open,
    opened: first.opened + second.opened,
    received: first.received + second.received,
    sent: first.sent + second.sent,
    closedByPolicy: first.closedByPolicy + second.closedByPolicy,
  }
}
