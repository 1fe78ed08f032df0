import type { RunReport } from './report.ts'

/** What the pool looked like when a job ended. */
export interface PoolMoment {
  readonly queued: number
  /** Programs that held a running place. */
  readonly running: number
  readonly hosts: number
  readonly spares: number
  /** A host was being replaced. */
  readonly recycling: boolean
  readonly host: HostMoment | undefined
}

export interface HostMoment {
  readonly hostId: number
  readonly executions: number
  readonly parked: number
  readonly residentMb: number
  /** While the job was in the host: how long the host's threads ran, and how long they waited for a processor. */
  readonly cpuMs: number
  readonly runQueueWaitMs: number
  /** Of it in collections of the host's own heap, from the heartbeat before its start to the last one, 250 ms apart; isolates are not in it. */
  readonly gcMs: number
}

export interface SlowRun {
  /** Wall-clock time of its end, in milliseconds since 1970. */
  readonly at: number
  readonly tenant: string
  readonly programId: string
  readonly totalMs: number
  readonly queueMs: number
  readonly dispatchMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly initMs: number
  readonly outcome: string
  readonly pool: PoolMoment
}

const capacity = 100
const keptMs = 60 * 60_000

/** Keeps the slowest runs of the last hour with the state of their host: the answer to "why was it slow" without a debugger. */
export class TailRecorder {
  /** Slowest first. */
  #runs: SlowRun[] = []

  /** `moment` is called only for a run that is slow enough to be kept. */
  record(identity: { tenant: string; programId: string }, report: RunReport, moment: () => PoolMoment): void {
    const { outcome, timeline } = report
    if (outcome.status === 'refused') return
    const { wallMs, cpuMs } = outcome.usage
    const totalMs = timeline.queueMs + timeline.dispatchMs + wallMs
    if (this.#runs.length >= capacity && totalMs <= (this.#runs.at(-1)?.totalMs ?? 0)) return
    const at = Date.now()
    const { tenant, programId } = identity
    const ending = outcome.status === 'ended' ? outcome.reason : outcome.status
    const run = { at, tenant, programId, totalMs, ...timeline, wallMs, cpuMs, outcome: ending, pool: moment() }
    const recent = this.#runs.filter((each) => at - each.at < keptMs)
    this.#runs = [...recent, run].toSorted((first, second) => second.totalMs - first.totalMs).slice(0, capacity)
  }

  slowest(): readonly SlowRun[] {
    return this.#runs
  }
}
