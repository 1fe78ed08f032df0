import type { ResolvedBlocksOptions } from '../../config/options.ts'
import { ServerError } from '../../errors/server-error.ts'
import type { ExecutionRecord, ExecutionsQuery } from '../../storage/executions-store.ts'
import type { JobStatus } from '../../storage/jobs-store.ts'
import type { Storage } from '../../storage/storage.ts'
import { projectTenant, type Caller } from '../../tokens/caller.ts'
import { callerOptions } from '../caller-options.ts'
import type { FunctionInvoker } from '../functions/function-invoker.ts'
import type { AsyncInvocations } from '../jobs/async-invocations.ts'
import { blockRun, type RunLimits } from '../run-request.ts'
import type { ExecutionRunner, FinishedRun } from './execution-runner.ts'
import { executionView, jobView, type ExecutionView } from './execution-view.ts'
import type { HistoryWriter } from './history-writer.ts'
import type { LiveExecutions } from './live-executions.ts'

export interface ExecutionServiceOptions {
  readonly storage: Storage
  readonly history: HistoryWriter
  readonly live: LiveExecutions
  readonly runner: ExecutionRunner
  readonly invoker: FunctionInvoker
  readonly jobs: AsyncInvocations
  readonly blocks: ResolvedBlocksOptions
}

export interface ExecutionPage {
  readonly items: readonly ExecutionView[]
  /** Pass it on to get the next page; null at the end. */
  readonly next: string | null
}

/** What has run, and what runs. A caller sees its tenant's executions, an operator those of the project's schedules as well. */
export class ExecutionService {
  readonly #options: ExecutionServiceOptions

  constructor(options: ExecutionServiceOptions) {
    this.#options = options
  }

  /** Newest first. */
  async list(
    query: Omit<ExecutionsQuery, 'tenants' | 'after'> & { readonly cursor?: string },
    caller: Caller,
  ): Promise<ExecutionPage> {
    const { storage, history } = this.#options
    await history.flush()
    const { cursor, limit, ...filters } = query
    const after = cursor === undefined ? {} : { after: decodeCursor(cursor) }
    const records = await storage.executions.list({ ...filters, ...after, tenants: seenBy(caller), limit: limit + 1 })
    const page = records.slice(0, limit)
    const last = page.at(-1)
    return {
      items: page.map((record) => executionView(record)),
      next: records.length > limit && last !== undefined ? encodeCursor(last) : null,
    }
  }

  async get(id: string, caller: Caller): Promise<ExecutionView> {
    const { history, live, jobs } = this.#options
    await history.flush()
    const record = await this.#record(id, caller)
    const job = await jobs.get(id, seenBy(caller))
    // What a job says of itself is newer than what its last attempt left.
    if (job !== undefined) return { ...(record === undefined ? {} : executionView(record)), ...jobView(job) }
    if (record !== undefined) return executionView(record)
    if (live.isRunning(id, seenBy(caller))) return { id, kind: 'run', status: 'running' }
    throw notFound(id)
  }

  /** Cancels what is queued or runs. Throws `EK_EXECUTION_OVER` when there is nothing left to cancel. */
  async cancel(id: string, caller: Caller): Promise<{ readonly id: string; readonly status: 'cancelled' }> {
    const { live, jobs, history } = this.#options
    const before = await jobs.cancel(id, seenBy(caller))
    // A job that is over is over at once, also while what it ran is still being ended.
    const isCancelled = before === undefined ? live.cancel(id, seenBy(caller)) : underWay.has(before)
    if (isCancelled) return { id, status: 'cancelled' }
    await history.flush()
    if (before === undefined && (await this.#record(id, caller)) === undefined) throw notFound(id)
    throw new ServerError('EK_EXECUTION_OVER', `the execution ${JSON.stringify(id)} is over`, { status: 409 })
  }

  /** Runs it again with the input that was kept; a function in the version that ran, a block with its own code. */
  async replay(id: string, caller: Caller, controller: AbortController): Promise<FinishedRun> {
    const { history, invoker } = this.#options
    await history.flush()
    const record = await this.#record(id, caller)
    if (record === undefined) throw notFound(id)
    if (record.input === null) throw notKept(id, 'its input was not kept')
    const shared = { caller, kind: 'replay' as const, controller, replayOf: id }
    if (record.functionName === null) return this.#replayBlock(record, shared)
    const ref = record.version === null ? '' : String(record.version)
    return invoker.invoke({ ...shared, name: record.functionName, ref, input: JSON.parse(record.input) as unknown })
  }

  async #replayBlock(
    { id, input, sourceDigest, limits }: ExecutionRecord,
    shared: { caller: Caller; kind: 'replay'; controller: AbortController; replayOf: string },
  ): Promise<FinishedRun> {
    const { storage, runner, blocks } = this.#options
    const source = sourceDigest === null ? undefined : await storage.executions.source(sourceDigest)
    if (source === undefined) throw notKept(id, 'its code was not kept')
    const { wallMs, cpuMs, memoryMb } = JSON.parse(limits ?? '{}') as RunLimits
    const language = source.language === 'ts' ? 'ts' : 'js'
    const asked = Object.fromEntries(
      Object.entries({ wallMs, cpuMs, memoryMb }).filter(([, value]) => value !== undefined),
    )
    const body = { code: source.code, language, input: JSON.parse(input ?? 'null') as unknown, limits: asked } as const
    return runner.run({ ...shared, run: blockRun(body, callerOptions(blocks, shared.caller)) })
  }

  async #record(id: string, caller: Caller): Promise<ExecutionRecord | undefined> {
    const record = await this.#options.storage.executions.get(id)
    return record !== undefined && seenBy(caller).includes(record.tenant) ? record : undefined
  }
}

/** Tenants. Schedules of the project folder belong to nobody else who could look after them. */
function seenBy({ tenant, scopes }: Caller): readonly string[] {
  return scopes.has('admin') ? [tenant, projectTenant] : [tenant]
}

const underWay: ReadonlySet<JobStatus> = new Set(['queued', 'running'])

function encodeCursor({ startedAtMs, id }: ExecutionRecord): string {
  return Buffer.from(`${startedAtMs}:${id}`).toString('base64url')
}

function decodeCursor(cursor: string): { startedAtMs: number; id: string } {
  const [, startedAtMs, id] = /^(\d+):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? []
  if (startedAtMs === undefined || id === undefined)
    throw new ServerError('EK_REQUEST_INVALID', 'the field "cursor" is none that this server gave')
  return { startedAtMs: Number(startedAtMs), id }
}

function notFound(id: string): ServerError {
  return new ServerError('EK_EXECUTION_NOT_FOUND', `there is no execution ${JSON.stringify(id)}`, { status: 404 })
}

function notKept(id: string, why: string): ServerError {
  return new ServerError('EK_EXECUTION_NOT_KEPT', `the execution ${JSON.stringify(id)} cannot run again: ${why}`, {
    status: 409,
    hint: 'The option "history.keepInputs" keeps what a replay needs',
  })
}
