import type { PoolStats } from '@evenkeel/pool'
import { latencyBoundsMs, type AppCounts } from '../app-counts.ts'
import type { AppState } from './direct-app.ts'

type Labels = Readonly<Record<string, string | number>>

/** The text format of Prometheus. */
export function appMetrics(state: AppState, counts: AppCounts, stats: PoolStats | undefined): string {
  const lines: string[] = []
  const family = (name: string, type: string, help: string, samples: readonly (readonly [Labels, number])[]): void => {
    lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`)
    for (const [labels, value] of samples) lines.push(`${name}${labelText(labels)} ${value}`)
  }
  const one = (name: string, type: string, help: string, value: number): void => family(name, type, help, [[{}, value]])
  const statuses = Object.entries(counts.statuses).map(([status, count]) => [{ status }, count] as const)
  family('evenkeel_app_requests_total', 'counter', 'Answered requests by status; 499 left before the answer', statuses)
  histogram(lines, counts)
  one('evenkeel_app_requests_in_flight', 'gauge', 'Requests under way', counts.inFlight)
  one('evenkeel_app_shed_total', 'counter', 'Requests refused because of overload', counts.shed)
  one('evenkeel_app_timeouts_total', 'counter', 'Requests answered with 504', counts.timeouts)
  one('evenkeel_app_failures_total', 'counter', 'Requests answered with 500 because the app failed', counts.failures)
  const { open, opened, received, sent, closedByPolicy } = counts.sockets
  one('evenkeel_app_websockets', 'gauge', 'Open WebSockets', open)
  one('evenkeel_app_websockets_opened_total', 'counter', 'WebSockets since the start', opened)
  const messages = [[{ direction: 'in' }, received] as const, [{ direction: 'out' }, sent] as const]
  family('evenkeel_app_websocket_messages_total', 'counter', 'Messages of WebSockets', messages)
  one('evenkeel_app_websockets_closed_by_policy_total', 'counter', 'WebSockets that a limit has ended', closedByPolicy)
  one('evenkeel_app_generation', 'gauge', 'Version that serves', state.generation)
  one('evenkeel_app_reloads_total', 'counter', 'Versions that took over', state.reloads)
  one('evenkeel_app_failed_reloads_total', 'counter', 'Versions that could not be loaded', state.failedReloads)
  one('evenkeel_app_restarts_total', 'counter', 'Runtimes that were lost', state.restarts)
  one('evenkeel_app_ready', 'gauge', 'Whether the app is ready', Number(state.ready))
  runtimes(family, stats)
  return `${lines.join('\n')}\n`
}

function histogram(lines: string[], { latency }: AppCounts): void {
  const name = 'evenkeel_app_request_duration_seconds'
  lines.push(`# HELP ${name} From the head of a request to the end of its answer`, `# TYPE ${name} histogram`)
  let sum = 0
  for (const [index, count] of latency.buckets.entries()) {
    sum += count
    const boundMs = latencyBoundsMs[index]
    lines.push(`${name}_bucket{le="${boundMs === undefined ? '+Inf' : boundMs / 1_000}"} ${sum}`)
  }
  lines.push(`${name}_sum ${latency.sumMs / 1_000}`, `${name}_count ${sum}`)
}

function runtimes(
  family: (name: string, type: string, help: string, samples: readonly (readonly [Labels, number])[]) => void,
  stats: PoolStats | undefined,
): void {
  const hosts = (stats?.hostList ?? []).map((host) => ({ labels: { runtime: host.hostId, state: host.state }, host }))
  const gauge = (name: string, help: string, read: (host: PoolStats['hostList'][number]) => number): void =>
    family(
      name,
      'gauge',
      help,
      hosts.map(({ labels, host }) => [labels, read(host)] as const),
    )
  gauge('evenkeel_app_runtime_resident_bytes', 'Resident memory', (host) => host.residentMb * 1_048_576)
  gauge('evenkeel_app_runtime_cpu_seconds', 'Processor time', (host) => host.cpuMs / 1_000)
  gauge('evenkeel_app_runtime_loop_utilization', 'Busy share of the event loop', (host) => host.loop?.utilization ?? 0)
  gauge(
    'evenkeel_app_runtime_loop_delay_p99_seconds',
    'Event loop delay',
    (host) => (host.loop?.delayP99Ms ?? 0) / 1_000,
  )
  gauge('evenkeel_app_runtime_heap_bytes', 'Heap in use', (host) => host.loop?.heapUsedBytes ?? 0)
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${String(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
