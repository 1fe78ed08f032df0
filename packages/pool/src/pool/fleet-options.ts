import type { HostLaunch } from '../contract/engine.ts'
import type { KillReason, ProcessOutput } from '../supervisor/messages.ts'
import type { Host } from './host.ts'
import type { HostOptions } from './host-options.ts'
import type { Job } from './job.ts'

export interface FleetOptions extends Omit<HostOptions, 'launch' | 'unhurried'> {
  readonly spares: number
  /** How long a host that is replaced may finish its jobs, in milliseconds. */
  readonly drainMs: number
  /** First wait before a host is replaced that ended by itself soon after its start, as the one before it did, in milliseconds. 0: none. */
  readonly crashBackoffMs: number
  /** How long a host and the one that takes its place both take work, in milliseconds. */
  readonly overlapMs: number
  /** From the end of that to the start of the next process, when none is missing, in milliseconds. */
  readonly restMs: number
  /** Called for each host. */
  launch(): HostLaunch
}

/** What a host process has printed, when its launch captures it. */
export interface HostOutput extends ProcessOutput {
  readonly hostId: number
  readonly pid: number | undefined
}

/** A host process that took work and is gone. */
export interface HostEnd {
  readonly hostId: number
  /** Why it was killed; `disconnected` when it ended by itself, `protocol` when it gave up with an error that nothing caught. */
  readonly reason: KillReason
  readonly code: number | null
  readonly signal: string | null
  /** What it said last, such as the stack of an error that nothing caught. */
  readonly message: string
  /** From its start, in milliseconds. */
  readonly livedMs: number
}

export interface FleetEvents {
  /** There may be a place for a waiting job. */
  freed(): void
  unstarted(job: Job): void
  returned(job: Job): void
  killed(host: Host, reason: KillReason): void
  output(output: HostOutput): void
  ended(end: HostEnd): void
}
