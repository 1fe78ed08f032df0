import { randomUUID } from 'node:crypto'
import type { RunReport } from '@evenkeel/pool'
import type { HistoryOptions } from '../../config/options.ts'
import type { ExecutionKind } from '../../storage/executions-store.ts'
import type { Admission, Admitted } from '../../tokens/admission.ts'
import type { Caller } from '../../tokens/caller.ts'
import type { Answer } from '../answer.ts'
import type { BlockOutcome, BlockService } from '../block-service.ts'
import type { BlockRun } from '../run-request.ts'
import { executionRecord } from './execution-record.ts'
import type { HistoryWriter } from './history-writer.ts'
import type { LiveExecutions } from './live-executions.ts'

/** A run with everything that decides who pays for it and how it is remembered. */
export interface RunOrder {
  readonly run: BlockRun
  readonly caller: Caller
  readonly kind: ExecutionKind
  /** Aborted when nobody wants the answer any more. */
  readonly controller: AbortController
  /** Default: a new one. */
  readonly id?: string
  readonly functionName?: string
  readonly version?: number
  readonly replayOf?: string
  /** The quota was charged before. */
  readonly reserved?: boolean
  /** May turn a result into a failure. */
  readonly check?: (id: string, outcome: BlockOutcome) => Answer
}

/** What is known of a run whose request has not been read. */
export type TurnedAway = Pick<RunOrder, 'caller' | 'kind' | 'functionName'>

export interface FinishedRun {
  readonly id: string
  readonly answer: Answer
  readonly report: RunReport
}

export interface ExecutionRunnerOptions {
  readonly service: BlockService
  readonly admission: Admission
  readonly live: LiveExecutions
  readonly history: HistoryWriter
  readonly policy: HistoryOptions
}

/** Admits a run, runs it, and remembers it. */
export class ExecutionRunner {
  readonly #options: ExecutionRunnerOptions

  constructor(options: ExecutionRunnerOptions) {
    this.#options = options
  }

  /** Throws what admission throws; a run that was admitted always has an answer. */
  async run(order: RunOrder): Promise<FinishedRun> {
    const { service, admission, live } = this.#options
    const { run, caller, controller, id = randomUUID() } = order
    const admitted = order.reserved === true ? admission.enterReserved(caller) : await admission.enter(caller)
    const startedAtMs = Date.now()
    live.add(id, caller.tenant, controller)
    let outcome: BlockOutcome
    try {
      outcome = await service.run(run, caller, controller.signal, id)
      if (order.check !== undefined) outcome = { ...outcome, answer: order.check(id, outcome) }
    } catch (error) {
      admitted.giveBack()
      throw error
    } finally {
      live.delete(id)
    }
    settle(admitted, outcome)
    this.#remember(order, { ...outcome, id }, startedAtMs)
    return { ...outcome, id }
  }

  /**
   * What a run of this caller is told when the server has no room for it now, before its request is read: that way nobody who is refused waits
   * for the sending and the checking of a body. Undefined when there is room.
   */
  turnAway(order: TurnedAway): Answer | undefined {
    const id = randomUUID()
    const outcome = this.#options.service.turnAway(order.caller, id)
    if (outcome === undefined) return undefined
    this.#remember(order, { ...outcome, id }, Date.now())
    return outcome.answer
  }

  #remember(order: TurnedAway & Partial<RunOrder>, finished: FinishedRun, startedAtMs: number): void {
    const { history, policy } = this.#options
    if (!policy.enabled) return
    const { caller, kind, functionName = null, version = null, replayOf = null } = order
    const facts = {
      id: finished.id,
      kind,
      tenant: caller.tenant,
      tokenId: caller.token?.id ?? null,
      functionName,
      version,
      replayOf,
      startedAtMs,
    }
    const { record, source } = executionRecord(facts, order.run, finished, policy)
    history.add(record, source)
  }
}

function settle(admitted: Admitted, { report, answer }: BlockOutcome): void {
  const { outcome } = report
  if (outcome.status === 'refused') return admitted.giveBack()
  const { cpuMs, wallMs } = outcome.usage
  admitted.end({ failed: answer.error !== undefined, cpuMs, wallMs })
}
