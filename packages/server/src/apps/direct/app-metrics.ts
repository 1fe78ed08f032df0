import type { PoolStats } from '@evenkeel/pool'
import { latencyBoundsMs, type AppCounts } from '../app-counts.ts'
import type { AppState } from './direct-app.ts'

type Labels = Readonly<Record<string, string | number>>

/** One app as it is now. */
export interface AppReading {
  /** Put on each of its samples. */
  readonly labels: Labels
  readonly state: AppState
  readonly counts: AppCounts
  readonly stats: PoolStats | undefined
  /** Of an app behind the gateway. */
  readonly waiting?: WaitingReading
}

interface WaitingReading {
  readonly waiting: number
  readonly waited: number
  readonly waitedMs: number
  readonly refusedFull: number
  readonly refusedLate: number
}

type Sample = readonly [labels: Labels, value: number]
type Samples = (reading: AppReading) => readonly Sample[]

/** The text format of Prometheus: each family once, with the samples of all apps. */
export function appMetrics(readings: readonly AppReading[]): string {
  const lines: string[] = []
  const family = (name: string, type: string, help: string, samples: Samples): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const reading of readings) {
      for (const [labels, value] of samples(reading)) {
        const suffix = 'suffix' in labels ? labels['suffix'] : ''
        const { suffix: _suffix, ...own } = labels
        lines.push(`${name}${suffix}${labelText({ ...reading.labels, ...own })} ${value}`)
      }
    }
  }
  for (const [name, type, help, samples] of families) family(name, type, help, samples)
  return `${lines.join('\n')}\n`
}

const one =
  (read: (reading: AppReading) => number): Samples =>
  (reading) => [[{}, read(reading)]]

const waiting = (read: (waiting: WaitingReading) => readonly Sample[]): Samples => {
  return (reading) => (reading.waiting === undefined ? [] : read(reading.waiting))
}

type Host = PoolStats['hostList'][number]

const perRuntime =
  (read: (host: Host) => number): Samples =>
  ({ stats }) =>
    (stats?.hostList ?? []).map((host) => [{ runtime: host.hostId, state: host.state }, read(host)])

/** The members of a histogram have names of their own. */
const histogram: Samples = ({ counts: { latency } }) => {
  let sum = 0
  const buckets = latency.buckets.map((count, index): Sample => {
    sum += count
    const boundMs = latencyBoundsMs[index]
    return [{ suffix: '_bucket', le: boundMs === undefined ? '+Inf' : boundMs / 1_000 }, sum]
  })
  return [...buckets, [{ suffix: '_sum' }, latency.sumMs / 1_000], [{ suffix: '_count' }, sum]]
}

const families: readonly (readonly [name: string, type: string, help: string, samples: Samples])[] = [
  [
    'evenkeel_app_requests_total',
    'counter',
    'Answered requests by status; 499 left before the answer',
    ({ counts }) => Object.entries(counts.statuses).map(([status, count]) => [{ status }, count]),
  ],
  [
    'evenkeel_app_route_requests_total',
    'counter',
    'The same by route, ids in paths left out; those of more than a hundred routes are "other"',
    ({ counts }) =>
      Object.entries(counts.routes).flatMap(([route, statuses]) =>
        Object.entries(statuses).map(([status, count]): Sample => [{ route, status }, count]),
      ),
  ],
  [
    'evenkeel_app_request_duration_seconds',
    'histogram',
    'From the head of a request to the end of its answer',
    histogram,
  ],
  ['evenkeel_app_requests_in_flight', 'gauge', 'Requests under way', one(({ counts }) => counts.inFlight)],
  ['evenkeel_app_shed_total', 'counter', 'Requests refused because of overload', one(({ counts }) => counts.shed)],
  ['evenkeel_app_timeouts_total', 'counter', 'Requests answered with 504', one(({ counts }) => counts.timeouts)],
  [
    'evenkeel_app_failures_total',
    'counter',
    'Requests answered with 500 because the app failed',
    one(({ counts }) => counts.failures),
  ],
  ['evenkeel_app_waiting', 'gauge', 'Requests that wait for a runtime', waiting((room) => [[{}, room.waiting]])],
  ['evenkeel_app_waited_total', 'counter', 'Requests that had to wait', waiting((room) => [[{}, room.waited]])],
  [
    'evenkeel_app_waited_seconds_total',
    'counter',
    'How long requests waited, together',
    waiting((room) => [[{}, room.waitedMs / 1_000]]),
  ],
  [
    'evenkeel_app_refused_total',
    'counter',
    'Requests that no runtime took',
    waiting((room) => [
      [{ reason: 'queue_full' }, room.refusedFull],
      [{ reason: 'queue_timeout' }, room.refusedLate],
    ]),
  ],
  ['evenkeel_app_websockets', 'gauge', 'Open WebSockets', one(({ counts }) => counts.sockets.open)],
  [
    'evenkeel_app_websockets_opened_total',
    'counter',
    'WebSockets since the start',
    one(({ counts }) => counts.sockets.opened),
  ],
  [
    'evenkeel_app_websocket_messages_total',
    'counter',
    'Messages of WebSockets',
    ({ counts: { sockets } }) => [
      [{ direction: 'in' }, sockets.received],
      [{ direction: 'out' }, sockets.sent],
    ],
  ],
  [
    'evenkeel_app_websockets_closed_by_policy_total',
    'counter',
    'WebSockets that a limit has ended',
    one(({ counts }) => counts.sockets.closedByPolicy),
  ],
  ['evenkeel_app_generation', 'gauge', 'Version that serves', one(({ state }) => state.generation)],
  ['evenkeel_app_reloads_total', 'counter', 'Versions that took over', one(({ state }) => state.reloads)],
  [
    'evenkeel_app_failed_reloads_total',
    'counter',
    'Versions that could not be loaded',
    one(({ state }) => state.failedReloads),
  ],
  ['evenkeel_app_restarts_total', 'counter', 'Runtimes that were lost', one(({ state }) => state.restarts)],
  ['evenkeel_app_ready', 'gauge', 'Whether the app is ready', one(({ state }) => Number(state.ready))],
  [
    'evenkeel_app_runtime_resident_bytes',
    'gauge',
    'Resident memory',
    perRuntime((host) => host.residentMb * 1_048_576),
  ],
  ['evenkeel_app_runtime_cpu_seconds', 'gauge', 'Processor time', perRuntime((host) => host.cpuMs / 1_000)],
  [
    'evenkeel_app_runtime_loop_utilization',
    'gauge',
    'Busy share of the event loop',
    perRuntime((host) => host.loop?.utilization ?? 0),
  ],
  [
    'evenkeel_app_runtime_loop_delay_p99_seconds',
    'gauge',
    'Event loop delay',
    perRuntime((host) => (host.loop?.delayP99Ms ?? 0) / 1_000),
  ],
  ['evenkeel_app_runtime_heap_bytes', 'gauge', 'Heap in use', perRuntime((host) => host.loop?.heapUsedBytes ?? 0)],
]

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(String(value))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escaped(value: string): string {
  return value.replaceAll(/["\\\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))
}
