import { createHash, randomUUID } from 'node:crypto'
import type { HostCall, HostReply, Pool } from '@evenkeel/pool'
import type { BlockLimits } from '../config/options.ts'
import { ServerError } from '../errors/server-error.ts'
import type { Caller } from '../tokens/caller.ts'
import { refusedAnswer, runAnswer, type Answer, type BlockReport } from './answer.ts'
import { redactReport } from './redact.ts'
import type { BlockRun } from './run-request.ts'

export interface BlockOutcome {
  readonly answer: Answer
  readonly report: BlockReport
}

/** The requests of one run. Disposing of it aborts what is open. */
interface OutgoingRequests extends Disposable {
  readonly requests: number
  answer(call: HostCall, signal: AbortSignal): Promise<HostReply>
}

/** Opens the way out for a run. Only hosts that are on every list may be reached; without a list it is the server's policy alone. */
export type Outgoing = (hostLists: readonly (readonly string[])[]) => OutgoingRequests

/** Runs blocks on the pool and words the answers. */
export class BlockService {
  readonly #pool: Pool
  readonly #outgoing: Outgoing

  constructor(pool: Pool, outgoing: Outgoing) {
    this.#pool = pool
    this.#outgoing = outgoing
  }

  /** @param signal aborted when nobody wants the answer any more. */
  async run(run: BlockRun, caller: Caller, signal: AbortSignal, id: string = randomUUID()): Promise<BlockOutcome> {
    const { wallMs, cpuMs, memoryMb, outputBytes, logBytes, subrequests: hostCalls } = run.limits
    using outgoing = this.#outgoing([caller.token?.limits.egress, run.egress].filter((list) => list !== undefined))
    const raw = await this.#pool.run({
      tenant: caller.tenant,
      program: { id: programId(run), options: { language: run.language }, source: run.code },
      input: run.input,
      context: JSON.stringify({ ...run.context, id }),
      limits: { wallMs, cpuMs, memoryMb, outputBytes, logBytes, hostCalls },
      onCall: (call, callSignal) => outgoing.answer(call, callSignal),
      signal,
      ...(run.freshness === undefined ? {} : { freshness: run.freshness }),
    })
    const report = { ...redactReport(raw, Object.values(run.context?.secrets ?? {})), subrequests: outgoing.requests }
    return { report, answer: runAnswer(id, report, run.limits) }
  }

  /** The answer to a run that would be refused now, whatever it is; undefined when it would be taken. */
  turnAway({ tenant }: Caller, id: string): BlockOutcome | undefined {
    const report = this.#pool.turnAway(tenant)
    return report && { report, answer: refusedAnswer(id, report) }
  }

  /** Compiles code without running it. Throws what answers the request: 422 with line and column, or 503 when no runtime is free. */
  async check(
    { code, language }: Pick<BlockRun, 'code' | 'language'>,
    limits: BlockLimits,
    tenant: string,
  ): Promise<void> {
    const report = await this.#pool.run({
      tenant,
      program: { id: `check ${randomUUID()}`, options: { language, purpose: 'check' }, source: code },
      input: 'null',
      context: '{}',
      limits: { ...checkLimits, memoryMb: limits.memoryMb },
    })
    const { error, status, retryAfterS } = runAnswer('', report, { ...limits, ...checkLimits })
    if (error === undefined) return
    const { code: errorCode, message, type, hint, line, column } = error
    throw new ServerError(errorCode, message, {
      status,
      type,
      ...(hint === undefined ? {} : { hint }),
      ...(retryAfterS === undefined ? {} : { retryAfterS }),
      ...(line === undefined || column === undefined ? {} : { position: { line, column } }),
    })
  }
}

/** Enough to compile the largest program. */
const checkLimits = { wallMs: 2_000, cpuMs: 2_000, outputBytes: 100, logBytes: 0, hostCalls: 0 }

/** Full digest: a shorter key could be made to collide by a caller. A reused world belongs to one version of one function. */
function programId({ code, language, freshness, context }: BlockRun): string {
  const owner = freshness === 'reuse' && context !== undefined ? `${context.function} ${context.version}` : ''
  return createHash('sha256').update(`${language}\0${owner}\0`).update(code).digest('base64url')
}
