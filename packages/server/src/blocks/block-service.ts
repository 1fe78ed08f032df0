import { createHash, randomUUID } from 'node:crypto'
import type { HostCall, HostReply, Pool } from '@evenkeel/pool'
import { runAnswer, type Answer, type BlockReport } from './answer.ts'
import { redactReport } from './redact.ts'
import type { BlockRun } from './run-request.ts'

export interface BlockOutcome {
  readonly answer: Answer
  readonly report: BlockReport
}

/** Answers the requests of blocks. `hosts` are those that the block may reach; undefined leaves it to the server's policy. */
export type Outgoing = (call: HostCall, signal: AbortSignal, hosts: readonly string[] | undefined) => Promise<HostReply>

/** Runs blocks on the pool and words the answers. */
export class BlockService {
  readonly #pool: Pool
  readonly #outgoing: Outgoing

  constructor(pool: Pool, outgoing: Outgoing) {
    this.#pool = pool
    this.#outgoing = outgoing
  }

  /** @param signal aborted when nobody wants the answer any more. */
  async run(run: BlockRun, tenant: string, signal: AbortSignal, id: string = randomUUID()): Promise<BlockOutcome> {
    const { wallMs, cpuMs, memoryMb, outputBytes, logBytes, subrequests: hostCalls } = run.limits
    let subrequests = 0
    const raw = await this.#pool.run({
      tenant,
      program: { id: programId(run), options: { language: run.language }, source: run.code },
      input: run.input,
      context: JSON.stringify({ ...run.context, id }),
      limits: { wallMs, cpuMs, memoryMb, outputBytes, logBytes, hostCalls },
      onCall: (call, callSignal) => {
        subrequests += 1
        return this.#outgoing(call, callSignal, run.egress)
      },
      signal,
      ...(run.freshness === undefined ? {} : { freshness: run.freshness }),
    })
    const report = { ...redactReport(raw, Object.values(run.context?.secrets ?? {})), subrequests }
    return { report, answer: runAnswer(id, report, run.limits) }
  }
}

/** Full digest: a shorter key could be made to collide by a caller. A reused world belongs to one version of one function. */
function programId({ code, language, freshness, context }: BlockRun): string {
  const owner = freshness === 'reuse' && context !== undefined ? `${context.function} ${context.version}` : ''
  return createHash('sha256').update(`${language}\0${owner}\0`).update(code).digest('base64url')
}
