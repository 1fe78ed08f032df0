import { createHash, randomUUID } from 'node:crypto'
import { describeServerError } from '../../http/error-answers.ts'
import { ServerError } from '../../errors/server-error.ts'
import type { EnqueueResult, JobRecord, JobStatus } from '../../storage/jobs-store.ts'
import type { Storage } from '../../storage/storage.ts'
import type { Admission } from '../../tokens/admission.ts'
import type { Caller } from '../../tokens/caller.ts'
import type { FunctionsOptions } from '../../config/options.ts'
import type { LiveExecutions } from '../executions/live-executions.ts'
import type { FunctionInvoker } from '../functions/function-invoker.ts'
import { JobQueue, type AttemptResult } from './job-queue.ts'

export interface RetryPolicy {
  /** Default 3. */
  readonly attempts?: number
  /** Wait before the second attempt, doubled for each further one, in milliseconds. Default 1000. */
  readonly backoffMs?: number
}

export interface Submission {
  readonly name: string
  readonly ref: string
  readonly input: unknown
  readonly caller: Caller
  readonly kind: 'async' | 'schedule'
  readonly address?: string
  readonly retry?: RetryPolicy | undefined
  readonly idempotencyKey?: string | undefined
  /** Two submissions with one key never run at the same time: the later one is refused as `busy`. */
  readonly exclusiveKey?: string
}

export interface Submitted {
  readonly id: string
  readonly status: JobStatus | 'busy'
  /** False when the idempotency key was used before. */
  readonly isNew: boolean
}

export interface AsyncInvocationsOptions {
  readonly storage: Storage
  readonly invoker: FunctionInvoker
  readonly admission: Admission
  readonly live: LiveExecutions
  readonly functions: FunctionsOptions
  readonly now?: () => number
}

const defaultAttempts = 3
const defaultBackoffMs = 1_000
const longestBackoffMs = 3_600_000
/** When the token's places are all taken, in milliseconds. */
const placeTakenMs = 250

/** Invocations that nobody waits for: kept before they are acknowledged, tried again by their policy, cancelled by id. */
export class AsyncInvocations implements AsyncDisposable {
  readonly #options: AsyncInvocationsOptions
  readonly #queue: JobQueue
  readonly #now: () => number
  #isStopping = false

  constructor(options: AsyncInvocationsOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.#queue = new JobQueue({
      jobs: options.storage.jobs,
      attempt: (job) => this.#attempt(job),
      concurrency: options.functions.asyncConcurrency,
      keepMs: options.functions.keepAsyncMs,
      now: this.#now,
    })
  }

  start(): void {
    this.#queue.start()
  }

  /** Takes no new jobs; those that run go on. */
  stop(): void {
    this.#isStopping = true
    this.#queue.stop()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#queue[Symbol.asyncDispose]()
  }

  /** Resolves once the invocation is kept. Throws what a call would throw before it runs, and `EK_IDEMPOTENCY_CONFLICT`. */
  async submit(submission: Submission): Promise<Submitted> {
    const { invoker, admission } = this.#options
    const controller = new AbortController()
    const prepared = { ...submission, controller }
    await invoker.prepare(prepared)
    const job = this.#jobOf(submission)
    await admission.reserve(submission.caller)
    const result = await this.#queue.enqueue(job).catch((error: unknown) => {
      admission.giveBackReserved(submission.caller)
      throw error
    })
    if (result.status !== 'enqueued') admission.giveBackReserved(submission.caller)
    return submittedOf(result, job)
  }

  /** The status it had; undefined when none of the tenants has such a job. */
  async cancel(id: string, tenants: readonly string[]): Promise<JobStatus | undefined> {
    const { storage, live } = this.#options
    if ((await this.get(id, tenants)) === undefined) return undefined
    const status = await storage.jobs.cancel(id, this.#now())
    live.cancel(id, tenants)
    return status
  }

  async get(id: string, tenants: readonly string[]): Promise<JobRecord | undefined> {
    const job = await this.#options.storage.jobs.get(id)
    return job !== undefined && tenants.includes(job.tenant) ? job : undefined
  }

  #jobOf({ name, ref, input, caller, kind, retry, idempotencyKey, exclusiveKey }: Submission): JobRecord {
    const text = JSON.stringify(input ?? {})
    const nowMs = this.#now()
    return {
      id: randomUUID(),
      kind,
      tenant: caller.tenant,
      tokenId: caller.token?.id ?? null,
      functionName: name,
      versionRef: ref,
      input: text,
      status: 'queued',
      attempts: 0,
      maxAttempts: retry?.attempts ?? defaultAttempts,
      backoffMs: retry?.backoffMs ?? defaultBackoffMs,
      retryAll: retry !== undefined,
      nextAtMs: nowMs,
      leaseUntilMs: null,
      idempotencyKey: idempotencyKey ?? null,
      requestDigest: createHash('sha256')
        .update(JSON.stringify([ref, text, retry]))
        .digest('base64url'),
      exclusiveKey: exclusiveKey ?? null,
      createdAtMs: nowMs,
      finishedAtMs: null,
      answer: null,
      answerStatus: null,
    }
  }

  async #attempt(job: JobRecord): Promise<AttemptResult> {
    const { invoker } = this.#options
    try {
      const caller = await invoker.payer(job.tenant, job.tokenId)
      const { answer } = await invoker.invoke({
        name: job.functionName,
        ref: job.versionRef,
        input: JSON.parse(job.input) as unknown,
        caller,
        kind: job.kind,
        controller: new AbortController(),
        id: job.id,
        reserved: true,
      })
      // A run that the end of this server cut off is the next server's.
      if (this.#isStopping && answer.error?.fault === 'system') return { status: 'postpone', afterMs: 0 }
      return this.#resultOf(job, answer)
    } catch (error) {
      return this.#failureOf(job, error as Error)
    }
  }

  #resultOf(
    job: JobRecord,
    answer: { status: number; body: string; error?: { code: string; retryable: boolean } },
  ): AttemptResult {
    const { error, body, status: answerStatus } = answer
    if (error === undefined) return { status: 'succeeded', answer: body, answerStatus }
    if (error.code === 'EK_BLOCK_CANCELLED') return { status: 'cancelled', answer: body, answerStatus }
    const again = error.retryable || (job.retryAll && !isHopeless(error.code))
    if (!again || job.attempts >= job.maxAttempts) return { status: 'failed', answer: body, answerStatus }
    return { status: 'retry', afterMs: backoffMs(job) }
  }

  #failureOf(job: JobRecord, error: Error): AttemptResult {
    if (!(error instanceof ServerError)) {
      process.emitWarning(error.stack ?? error.message, { code: 'EK_INTERNAL' })
      const internal = new ServerError('EK_INTERNAL', 'the server failed to run this', { cause: error })
      return this.#failureOf(job, internal)
    }
    if (error.code === 'EK_CONCURRENCY_LIMITED') return { status: 'postpone', afterMs: placeTakenMs }
    const { status, body } = describeServerError(error)
    const answer = JSON.stringify({ id: job.id, error: body })
    return this.#resultOf(job, { status, body: answer, error: { code: body.code, retryable: body.retryable } })
  }
}

/** Failures that the same code and input will always have. */
function isHopeless(code: string): boolean {
  return ['EK_BLOCK_SYNTAX', 'EK_FUNCTION_INPUT', 'EK_BLOCK_INPUT_TOO_LARGE', 'EK_FUNCTION_OWNER_GONE'].includes(code)
}

/** Doubled for each attempt, and half of it random, so that jobs that failed together do not come back together. */
function backoffMs({ backoffMs: base, attempts }: JobRecord): number {
  const fullMs = Math.min(longestBackoffMs, base * 2 ** (attempts - 1))
  return Math.round(fullMs * (0.5 + Math.random() / 2))
}

function submittedOf(result: EnqueueResult, job: JobRecord): Submitted {
  if (result.status === 'busy') return { id: job.id, status: 'busy', isNew: false }
  if (result.status === 'duplicate' && result.job.requestDigest !== job.requestDigest)
    throw new ServerError('EK_IDEMPOTENCY_CONFLICT', 'the idempotency key was used before with another request', {
      status: 409,
    })
  return { id: result.job.id, status: result.job.status, isNew: result.status === 'enqueued' }
}
