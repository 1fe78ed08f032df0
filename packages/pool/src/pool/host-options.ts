import type { HostLaunch } from '../contract/engine.ts'
import type { KillReason, ProcessOutput } from '../supervisor/messages.ts'
import type { HostExit } from '../supervisor/supervisor.ts'
import type { Job } from './job.ts'

/** `draining` takes no new work and ends when its jobs have; `condemned` is being killed. */
export type HostState = 'starting' | 'ready' | 'draining' | 'condemned' | 'gone'

export interface HostOptions {
  readonly launch: HostLaunch
  readonly killGraceMs: number
  readonly bootTimeoutMs: number
  /** Nothing waits for it: it boots in what processor time the others leave. */
  readonly unhurried: boolean
}

export interface HostEvents {
  ready(): void
  /** A running place became free, or a job ended. */
  freed(): void
  /** The host takes no more work: it is being killed. */
  condemned(reason: KillReason): void
  /** Lost with its host before its program started: it may run elsewhere. */
  unstarted(job: Job): void
  /** Came back unbegun from a host that is busy for longer than was to be expected. */
  returned(job: Job): void
  gone(exit: HostExit & { readonly reason: KillReason }): void
  output(output: ProcessOutput): void
}
