/** An invocation that nobody waits for. */
export interface JobRecord {
  /** Also the id of its execution. */
  readonly id: string
  readonly kind: 'async' | 'schedule'
  readonly tenant: string
  readonly tokenId: string | null
  readonly functionName: string
  /** A version number or an alias as the caller named it; empty for the current version. */
  readonly versionRef: string
  /** JSON. */
  readonly input: string
  readonly status: JobStatus
  /** Attempts begun. Also the fence: only the holder of the latest attempt may settle the job. */
  readonly attempts: number
  readonly maxAttempts: number
  readonly backoffMs: number
  /** Attempts again also when the fault is the function's own. */
  readonly retryAll: boolean
  readonly nextAtMs: number
  readonly leaseUntilMs: number | null
  /** Unique for tenant and function; null when the caller gave none. */
  readonly idempotencyKey: string | null
  readonly requestDigest: string
  /** Groups jobs that must not overlap; null for none. */
  readonly exclusiveKey: string | null
  readonly createdAtMs: number
  readonly finishedAtMs: number | null
  /** The answer's JSON and HTTP status, once finished. */
  readonly answer: string | null
  readonly answerStatus: number | null
}

export type JobStatus = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** `duplicate`: the key was used before, for `job`. `busy`: another job with the exclusive key is not over. */
export type EnqueueResult =
  | { readonly status: 'enqueued' | 'duplicate'; readonly job: JobRecord }
  | { readonly status: 'busy' }

export interface JobSettlement {
  readonly id: string
  readonly attempt: number
  readonly status: 'succeeded' | 'failed' | 'cancelled'
  readonly answer: string
  readonly answerStatus: number
  readonly nowMs: number
}

export interface JobsStore {
  /** Resolves once the job is kept. */
  enqueue(job: JobRecord): Promise<EnqueueResult>
  /** Takes jobs that are due, or whose lease ran out, and begins an attempt of each. No job is claimed twice within its lease. */
  claim(query: {
    readonly nowMs: number
    readonly limit: number
    readonly leaseMs: number
  }): Promise<readonly JobRecord[]>
  /** Keeps running jobs claimed. */
  extend(ids: readonly string[], leaseUntilMs: number): Promise<void>
  /** False when the job was cancelled or is another's by now. */
  settle(settlement: JobSettlement): Promise<boolean>
  /** Back into the queue; `attempts` as given, so that a postponed attempt does not count. */
  requeue(retry: {
    readonly id: string
    readonly attempt: number
    readonly attempts: number
    readonly nextAtMs: number
  }): Promise<boolean>
  /** The status it had; undefined when there is no such job. Only queued and running jobs change. */
  cancel(id: string, nowMs: number): Promise<JobStatus | undefined>
  get(id: string): Promise<JobRecord | undefined>
  /** When the next queued job is due or a lease runs out; undefined when nothing waits. */
  nextDueMs(): Promise<number | undefined>
  /** Deletes finished jobs. */
  prune(beforeMs: number): Promise<number>
}
