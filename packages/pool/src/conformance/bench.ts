import assert from 'node:assert/strict'
import type { Outcome } from '../contract/outcome.ts'
import type { PoolOptions } from '../pool/options.ts'
import { createPool, type Pool } from '../pool/pool.ts'
import type { Refusal, RunReport } from '../pool/report.ts'
import type { OpenRequest } from '../pool/stream-run.ts'
import type { Limits } from '../contract/limits.ts'
import type { Behaviour, Subject } from './subject.ts'

/** Wide enough for a slow machine; a check that is about a limit gives its own. */
const limits: Limits = {
  wallMs: 60_000,
  cpuMs: 60_000,
  memoryMb: 64,
  outputBytes: 1_000_000,
  logBytes: 20_000,
  hostCalls: 5,
}

export type RequestFields = Partial<Omit<OpenRequest, 'limits' | 'program' | 'input'>> & {
  readonly input?: unknown
  readonly limits?: Partial<Limits>
}

/** A real pool of one host with the subject's engine, where a run may wait for a slow machine to start one. The caller disposes of it. */
function poolOf(subject: Subject, options: Partial<PoolOptions> = {}): Promise<Pool> {
  return createPool({ engine: subject.engine(), hosts: 1, spares: 0, maxQueueMs: 60_000, ...options })
}

function requestFor(subject: Subject, behaviour: Behaviour, fields: RequestFields = {}): OpenRequest {
  const { input = null, limits: own, ...rest } = fields
  return {
    tenant: 'conformance',
    program: subject.program(behaviour),
    input: JSON.stringify(input),
    limits: { ...limits, ...own },
    ...rest,
  }
}

/** A pool and how to ask it for behaviours. */
export class Bench implements AsyncDisposable {
  readonly pool: Pool
  readonly #subject: Subject

  constructor(subject: Subject, pool: Pool) {
    this.#subject = subject
    this.pool = pool
  }

  static async open(subject: Subject, options: Partial<PoolOptions> = {}): Promise<Bench> {
    return new Bench(subject, await poolOf(subject, options))
  }

  run(behaviour: Behaviour, fields: RequestFields = {}): Promise<RunReport> {
    return this.pool.run(requestFor(this.#subject, behaviour, fields))
  }

  async valueOf(behaviour: Behaviour, fields: RequestFields = {}): Promise<unknown> {
    const { outcome } = await this.run(behaviour, fields)
    assert.equal(endOf(outcome), 'ok', `${behaviour}: ${JSON.stringify(outcome)}`)
    return outcome.status === 'ok' ? JSON.parse(Buffer.from(outcome.output).toString()) : undefined
  }

  /** The pool is as good as before: its next answer is right. */
  async stillAnswers(): Promise<void> {
    assert.deepEqual(await this.valueOf('echo', { input: { still: 'here' } }), { still: 'here' })
  }

  request(behaviour: Behaviour, fields: RequestFields = {}): OpenRequest {
    return requestFor(this.#subject, behaviour, fields)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pool.close({ deadlineMs: 0 })
  }
}

/** An outcome in one word, such as `ok`, `failed` or `ended:wall`. */
export function endOf(outcome: Outcome | Refusal): string {
  return 'reason' in outcome ? `${outcome.status}:${outcome.reason}` : outcome.status
}
