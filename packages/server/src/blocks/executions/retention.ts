import type { HistoryOptions } from '../../config/options.ts'
import type { ExecutionsStore } from '../../storage/executions-store.ts'
import type { HistoryWriter } from './history-writer.ts'

/** Executions deleted in one call: the store answers others in between. */
const batchRows = 2_000
const everyMs = 60_000
const dayMs = 86_400_000

export interface RetentionOptions {
  readonly executions: ExecutionsStore
  readonly history: HistoryWriter
  readonly policy: HistoryOptions
  readonly now?: () => number
}

/** Deletes executions that the policy no longer keeps, now and every minute. */
export class Retention implements AsyncDisposable {
  readonly #options: RetentionOptions
  readonly #timer: NodeJS.Timeout
  #turn: Promise<void>
  #stopped = false

  constructor(options: RetentionOptions) {
    this.#options = options
    this.#turn = this.enforce()
    this.#timer = setInterval(() => {
      this.#turn = this.#turn.then(() => this.enforce())
    }, everyMs)
  }

  /** Never rejects: what could not be deleted is deleted at a later turn. */
  async enforce(): Promise<void> {
    const { executions, history, policy, now = Date.now } = this.#options
    const beforeMs = now() - policy.keepDays * dayMs
    try {
      for (let deleted = batchRows; deleted >= batchRows && !this.#stopped;) {
        deleted = await executions.prune({ beforeMs, maxRows: policy.maxExecutions, limit: batchRows })
        if (deleted > 0) history.forgetSources()
      }
    } catch {
      // The store's health tells.
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    await this.#turn
  }
}
