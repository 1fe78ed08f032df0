import type { EnqueueResult, JobRecord, JobsStore } from '../../storage/jobs-store.ts'

/** What became of an attempt. `retry` puts the job back; `postpone` too, and the attempt does not count. */
export type AttemptResult =
  | { readonly status: 'succeeded' | 'failed' | 'cancelled'; readonly answer: string; readonly answerStatus: number }
  | { readonly status: 'retry'; readonly afterMs: number }
  | { readonly status: 'postpone'; readonly afterMs: number }

export interface JobQueueOptions {
  readonly jobs: JobsStore
  /** Must not reject. */
  readonly attempt: (job: JobRecord) => Promise<AttemptResult>
  readonly concurrency: number
  /** How long the answers of finished jobs are kept, in milliseconds. */
  readonly keepMs: number
  readonly now?: () => number
}

/** A job whose server has died is taken over after this time, in milliseconds. */
const leaseMs = 30_000
const extendEveryMs = leaseMs / 3
/** Other servers may add jobs, so the store is asked at least this often, in milliseconds. */
const pollMs = 1_000
const pruneEveryMs = 60_000
const settleAttempts = 5

/** Takes jobs from the store and runs them, a bounded number at a time. A job may run twice after a crash, never at the same time. */
export class JobQueue implements AsyncDisposable {
  readonly #options: JobQueueOptions
  readonly #jobs: JobsStore
  readonly #now: () => number
  readonly #running = new Map<string, Promise<void>>()
  #timer: NodeJS.Timeout | undefined
  #upkeep: NodeJS.Timeout | undefined
  #prunedAtMs = -Infinity
  #claiming: Promise<void> | undefined
  #state: 'new' | 'open' | 'closing' = 'new'

  constructor(options: JobQueueOptions) {
    this.#options = options
    this.#jobs = options.jobs
    this.#now = options.now ?? Date.now
  }

  start(): void {
    this.#state = 'open'
    this.#upkeep = setInterval(() => void this.#keepUp(), extendEveryMs)
    this.wake()
  }

  async enqueue(job: JobRecord): Promise<EnqueueResult> {
    const result = await this.#jobs.enqueue(job)
    this.wake()
    return result
  }

  /** Looks for work now. */
  wake(): void {
    if (this.#state !== 'open' || this.#claiming !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#claiming = this.#claim().finally(() => {
      this.#claiming = undefined
    })
  }

  /** Takes no new jobs. */
  stop(): void {
    this.#state = 'closing'
    clearTimeout(this.#timer)
    clearInterval(this.#upkeep)
  }

  /** Resolves when the jobs that run here are over. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.stop()
    await this.#claiming
    await Promise.all(this.#running.values())
    clearTimeout(this.#timer)
  }

  async #claim(): Promise<void> {
    const free = this.#options.concurrency - this.#running.size
    let waitMs = pollMs
    try {
      const claimed = free > 0 ? await this.#jobs.claim({ nowMs: this.#now(), limit: free, leaseMs }) : []
      for (const job of claimed) this.#run(job)
      if (claimed.length < free) waitMs = await this.#untilNextMs()
    } catch {
      // The store is down: its health says so, and the jobs are where they were.
    }
    if (this.#state === 'open') this.#timer = setTimeout(() => this.wake(), waitMs)
  }

  async #untilNextMs(): Promise<number> {
    const dueMs = await this.#jobs.nextDueMs()
    return dueMs === undefined ? pollMs : Math.min(pollMs, Math.max(0, dueMs - this.#now()))
  }

  #run(job: JobRecord): void {
    const run = this.#attempt(job).finally(() => {
      this.#running.delete(job.id)
      this.wake()
    })
    this.#running.set(job.id, run)
  }

  async #attempt(job: JobRecord): Promise<void> {
    const result = await this.#options.attempt(job)
    for (let tried = 1; tried <= settleAttempts; tried += 1) {
      try {
        return await this.#settle(job, result)
      } catch {
        // Without an answer from the store, the lease runs out and the job is tried again.
        if (this.#state !== 'open') return
      }
    }
  }

  async #settle({ id, attempts }: JobRecord, result: AttemptResult): Promise<void> {
    const nowMs = this.#now()
    if (result.status === 'retry' || result.status === 'postpone') {
      const counted = result.status === 'retry' ? attempts : attempts - 1
      await this.#jobs.requeue({ id, attempt: attempts, attempts: counted, nextAtMs: nowMs + result.afterMs })
      return
    }
    await this.#jobs.settle({ id, attempt: attempts, nowMs, ...result })
  }

  async #keepUp(): Promise<void> {
    const nowMs = this.#now()
    try {
      if (this.#running.size > 0) await this.#jobs.extend([...this.#running.keys()], nowMs + leaseMs)
      if (nowMs - this.#prunedAtMs < pruneEveryMs) return
      this.#prunedAtMs = nowMs
      await this.#jobs.prune(nowMs - this.#options.keepMs)
    } catch {
      // Tried again at the next turn.
    }
  }
}
