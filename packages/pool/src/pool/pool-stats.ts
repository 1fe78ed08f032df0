import type { LoopReport } from '../contract/driver-report.ts'
import { monotonicMs } from '../util/clock.ts'
import type { Host } from './host.ts'
import type { JobPlace } from './job.ts'
import type { Machinery } from './machinery.ts'
import type { PoolMoment } from './tail-recorder.ts'

export interface PoolStats {
  /** At least half of the wanted hosts take work, and new work is admitted. */
  readonly ready: boolean
  readonly queued: number
  /** Invocations inside hosts, parked ones included. */
  readonly inFlight: number
  /** Programs that hold a running place. */
  readonly running: number
  readonly parked: number
  /** Hosts in rotation. */
  readonly hosts: number
  readonly wantedHosts: number
  readonly spares: number
  /** Host processes by state; together they are all processes there are. */
  readonly states: Readonly<Record<'starting' | 'idle' | 'busy' | 'draining' | 'condemned', number>>
  readonly processes: number
  readonly recycling: boolean
  /** Boots that failed in a row. */
  readonly bootFailures: number
  /** Hosts in a row that ended soon after their start; counted only with `crashBackoffMs`. */
  readonly crashes: number
  readonly hostList: readonly HostStats[]
}

export interface HostStats {
  readonly hostId: number
  readonly pid: number | undefined
  readonly state: string
  readonly rotation: boolean
  readonly ageMs: number
  readonly executions: number
  readonly jobs: number
  readonly parked: number
  readonly residentMb: number
  readonly cpuMs: number
  readonly runQueueWaitMs: number
  /** Time in which collections stopped the host's own heap, as of the last heartbeat; the heaps of isolates are not in it. */
  readonly gcMs: number
  /** Heaps, and those that are ready for the next run. */
  readonly isolates: number
  readonly stock: number
  readonly stockMisses: number
  /** Of hosts whose programs share their event loop: since the heartbeat before. */
  readonly loop?: LoopReport
}

export interface PoolCounts {
  readonly open: boolean
  readonly queued: number
  readonly jobs: number
}

export function poolStats({ fleet, state }: Machinery, { open, queued, jobs }: PoolCounts): PoolStats {
  const active = [...fleet.active]
  const running = fleet.hosts.reduce((sum, host) => sum + host.jobCount - host.parkedCount, 0)
  return {
    ready: open && state === 'running' && active.length * 2 >= fleet.size,
    queued,
    inFlight: jobs - queued,
    running,
    parked: fleet.hosts.reduce((sum, host) => sum + host.parkedCount, 0),
    hosts: active.length,
    wantedHosts: fleet.size,
    spares: fleet.standby().length,
    states: countStates(fleet.hosts),
    processes: fleet.hosts.length,
    recycling: fleet.replacing,
    bootFailures: fleet.bootFailures,
    crashes: fleet.crashes,
    hostList: fleet.hosts.map((host) => hostStats(host, fleet.active.has(host))),
  }
}

/** What the tail recorder keeps of the pool and of the host that ran the job. */
export function poolMoment({ fleet }: Machinery, queued: number, place: JobPlace | undefined): PoolMoment {
  const { active, hosts } = fleet
  const running = hosts.reduce((sum, host) => sum + host.jobCount - host.parkedCount, 0)
  return {
    queued,
    running,
    hosts: active.size,
    spares: fleet.standby().length,
    recycling: fleet.replacing,
    host: place === undefined ? undefined : hostMoment(place),
  }
}

function hostMoment({ host, before }: JobPlace): PoolMoment['host'] {
  const { residentMb, cpuMs, runQueueWaitMs, gcMs } = host.sample
  return {
    hostId: host.hostId,
    executions: host.executions,
    parked: host.parkedCount,
    residentMb,
    cpuMs: cpuMs - before.cpuMs,
    runQueueWaitMs: runQueueWaitMs - before.runQueueWaitMs,
    gcMs: gcMs - before.gcMs,
  }
}

function countStates(hosts: readonly Host[]): PoolStats['states'] {
  const states = { starting: 0, idle: 0, busy: 0, draining: 0, condemned: 0 }
  for (const host of hosts) {
    if (host.state === 'ready') states[host.jobCount === 0 ? 'idle' : 'busy'] += 1
    else if (host.state !== 'gone') states[host.state] += 1
  }
  return states
}

function hostStats(host: Host, rotation: boolean): HostStats {
  const { hostId, pid, state, executions, jobCount, parkedCount, report } = host
  return {
    hostId,
    pid,
    state,
    rotation,
    ageMs: Math.round(monotonicMs() - host.bornAtMs),
    executions,
    jobs: jobCount,
    parked: parkedCount,
    ...host.sample,
    isolates: report?.isolates ?? 0,
    stock: report?.stock ?? 0,
    stockMisses: report?.stockMisses ?? 0,
    ...(report?.loop === undefined ? {} : { loop: report.loop }),
  }
}
