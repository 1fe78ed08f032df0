import { noUsage, type EndReason, type Outcome } from '../contract/outcome.ts'
import type { KillReason } from '../supervisor/messages.ts'
import type { HostExit } from '../supervisor/supervisor.ts'
import { monotonicMs } from '../util/clock.ts'
import type { Channel } from '../wire/channel.ts'
import type { Job } from './job.ts'
import { ServiceCalls } from './service-calls.ts'

export interface PlacementOptions {
  /** From the wall limit to the kill, in milliseconds. */
  readonly graceMs: number
  /** How many jobs its host had been given by then, itself included. */
  readonly number: number
}

/** One job in one host: whether it runs or waits, and until when it may. */
export class Placement implements Disposable {
  readonly job: Job
  readonly calls: ServiceCalls
  readonly number: number
  readonly #graceMs: number
  /** Whether one that was dispatched has begun is known by its first frame, or from the host's record of starts. */
  #state: 'dispatched' | 'running' | 'parked' = 'dispatched'
  #startedAtMs: number = monotonicMs()
  #hung: EndReason | undefined
  deadlineMs: number

  constructor(job: Job, channel: Channel, { graceMs, number }: PlacementOptions) {
    this.job = job
    this.calls = new ServiceCalls(job, channel)
    this.number = number
    this.#graceMs = graceMs
    this.deadlineMs = this.#startedAtMs + job.request.limits.wallMs + graceMs
  }

  /** It holds the host's running place. */
  get running(): boolean {
    return this.#state !== 'parked'
  }

  /** The program has executed; running it again could do its work twice. */
  get started(): boolean {
    return this.#state !== 'dispatched'
  }

  start(): void {
    if (this.#state === 'dispatched') this.#state = 'running'
  }

  /** Until now it may have waited for another program of the same host. */
  restartClock(): void {
    if (this.#state !== 'dispatched') return
    const { place } = this.job
    if (place !== undefined) this.job.start(place.host)
    this.#startedAtMs = monotonicMs()
    this.deadlineMs = this.#startedAtMs + this.job.request.limits.wallMs + this.#graceMs
  }

  park(): boolean {
    if (this.#state !== 'running') return false
    this.#state = 'parked'
    return true
  }

  resume(): boolean {
    if (this.#state !== 'parked') return false
    this.#state = 'running'
    return true
  }

  hang(reason: EndReason): void {
    this.#hung = reason
    this.deadlineMs = Math.min(this.deadlineMs, monotonicMs() + this.#graceMs)
  }

  /** What the loss of the host means for this job: who caused the kill gets its reason, the others only lost their host. */
  lost(killReason: KillReason | undefined, nowMs: number): Outcome {
    const overdue = killReason === 'wall' && nowMs >= this.deadlineMs ? 'wall' : undefined
    const tooLarge = killReason === 'memory' && this.running ? 'memory' : undefined
    const drained = killReason === 'drained' ? 'drained' : undefined
    const reason: EndReason = this.#hung ?? overdue ?? tooLarge ?? drained ?? 'host_lost'
    const usage = { ...noUsage, wallMs: nowMs - this.#startedAtMs, cpuMs: this.#hostCpuMs() }
    return {
      status: 'ended',
      reason,
      detail: `its host process was killed (${killReason ?? 'it ended by itself'})`,
      usage,
    }
  }

  /** Whether the host is killed because of this job. */
  caused(killReason: KillReason | undefined, nowMs: number): boolean {
    const { reason } = this.lost(killReason, nowMs) as { reason: EndReason }
    return this.started && reason !== 'host_lost' && reason !== 'drained'
  }

  /** Whether its tenant answers for the loss: it caused the kill, or was what ran when the host crashed. */
  isBlamed(killReason: KillReason | undefined, crashed: boolean, nowMs: number): boolean {
    return this.caused(killReason, nowMs) || (crashed && this.#state === 'running')
  }

  /** The host cannot say any more what the program used; the supervisor's last sample of the process can. */
  #hostCpuMs(): number {
    const { place } = this.job
    return place === undefined ? 0 : Math.max(0, place.host.sample.cpuMs - place.before.cpuMs)
  }

  [Symbol.dispose](): void {
    this.calls[Symbol.dispose]()
  }
}

/** Whether a host ended by what ran in it. By SIGKILL a process is ended from outside. */
export function hasCrashed(killReason: KillReason | undefined, { signal }: HostExit): boolean {
  return killReason === 'protocol' || (killReason === 'disconnected' && signal !== 'SIGKILL')
}
