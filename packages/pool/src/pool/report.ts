import type { HostCall, HostReply, Program } from '../contract/engine.ts'
import type { Freshness, Limits } from '../contract/limits.ts'
import type { LogEntry, Outcome } from '../contract/outcome.ts'

/** One call of a program, as a service asks the pool for it. */
export interface RunRequest {
  /** Whose work this is: heaps and fair shares are per tenant. */
  readonly tenant: string
  readonly program: Program
  /** JSON text. */
  readonly input: string
  /** What the program may know of its run besides the input: a JSON object as text. Default `{}`. */
  readonly context?: string
  readonly limits: Limits
  /** Default `context`. */
  readonly freshness?: Freshness
  /** Answers the program's calls, such as requests to other hosts. An error with a code `EK_…` reaches the program; others only as a failure. */
  readonly onCall?: (call: HostCall, signal: AbortSignal) => Promise<HostReply>
  /** Aborted when the caller no longer wants the answer. */
  readonly signal?: AbortSignal
}

/** Why the pool did not start an invocation. */
export type RefusalReason =
  | 'queue_full'
  | 'queue_timeout'
  | 'tenant_concurrency'
  | 'tenant_queue_full'
  | 'draining'
  | 'cancelled'
  | 'unavailable'

export interface Refusal {
  readonly status: 'refused'
  readonly reason: RefusalReason
  /** When to try again, in milliseconds. */
  readonly retryAfterMs: number
}

/** Where the time of an invocation went, in milliseconds. */
export interface Timeline {
  readonly queueMs: number
  /** Making the heap and the context; 0 when they were made ahead. */
  readonly initMs: number
  /** From the frame to the host to the frame back, without the program's own wall time. */
  readonly dispatchMs: number
}

/** What the pool says of one invocation. */
export interface RunReport {
  readonly outcome: Outcome | Refusal
  readonly logs: readonly LogEntry[]
  readonly logsTruncated: boolean
  readonly timeline: Timeline
}

/** Of an invocation that the pool did not start. */
export interface RefusedReport extends RunReport {
  readonly outcome: Refusal
}
