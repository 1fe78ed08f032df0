import type { DatabaseSync } from 'node:sqlite'
import { closedError } from './checks.ts'
import { busyError, isBusy, sqliteError } from './sqlite-errors.ts'

export interface WriteQueueOptions {
  /** How long a write waits for other processes, in milliseconds. */
  readonly busyTimeoutMs: number
  /** Runs at the end of each transaction, inside it. */
  readonly onTransaction: () => void
}

interface Write {
  readonly run: () => unknown
  readonly resolve: (value: never) => void
  readonly reject: (reason: unknown) => void
  readonly addedAtMs: number
}

type Outcome =
  | { readonly status: 'done'; readonly value: unknown }
  | { readonly status: 'failed'; readonly error: unknown }

/** Writes in one transaction at most: it bounds how long the event loop stands still. */
const maxWrites = 200

/**
 * Gathers the writes of one turn of the event loop into one transaction, and waits for the lock of another process with a timer: SQLite
 * itself would block the event loop meanwhile.
 */
export class WriteQueue {
  readonly #db: DatabaseSync
  readonly #options: WriteQueueOptions
  readonly #writes: Write[] = []
  #state: 'idle' | 'scheduled' = 'idle'
  #isClosed = false
  #idle: PromiseWithResolvers<void> | undefined

  constructor(db: DatabaseSync, options: WriteQueueOptions) {
    this.#db = db
    this.#options = options
  }

  /** Resolves to what `run` returns, once it is committed. */
  add<Value>(run: () => Value): Promise<Value> {
    if (this.#isClosed) return Promise.reject(closedError('the shared store'))
    const { promise, resolve, reject } = Promise.withResolvers<Value>()
    this.#writes.push({ run, resolve, reject, addedAtMs: performance.now() })
    if (this.#state === 'idle') this.#schedule(0)
    return promise
  }

  /** Resolves when all writes that were added are settled. */
  async close(): Promise<void> {
    this.#isClosed = true
    if (this.#state === 'idle') return
    this.#idle ??= Promise.withResolvers<void>()
    await this.#idle.promise
  }

  #schedule(delayMs: number): void {
    this.#state = 'scheduled'
    if (delayMs === 0) setImmediate(() => this.#turn())
    else setTimeout(() => this.#turn(), delayMs)
  }

  #turn(): void {
    const delayMs = this.#flush()
    if (this.#writes.length > 0) return this.#schedule(delayMs)
    this.#state = 'idle'
    this.#idle?.resolve()
  }

  /** How long to wait before the rest, in milliseconds. */
  #flush(): number {
    const begun = this.#begin()
    if (begun === 'busy') {
      this.#expire()
      return 1 + Math.random() * 6
    }
    const writes = this.#writes.splice(0, maxWrites)
    if (begun === 'begun') this.#settle(writes, this.#transact(writes))
    else for (const write of writes) write.reject(begun.error)
    return 0
  }

  #begin(): 'begun' | 'busy' | { readonly error: unknown } {
    try {
      this.#db.exec('BEGIN IMMEDIATE')
      return 'begun'
    } catch (error) {
      return isBusy(error) ? 'busy' : { error: sqliteError(error) }
    }
  }

  /** A write that fails leaves the others as they are, unless its failure ends the transaction, as a full disk may. */
  #transact(writes: readonly Write[]): readonly Outcome[] {
    try {
      const outcomes = writes.map((write) => this.#attempt(write))
      this.#options.onTransaction()
      this.#db.exec('COMMIT')
      return outcomes
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      return writes.map(() => ({ status: 'failed', error: sqliteError(error) }))
    }
  }

  #attempt(write: Write): Outcome {
    try {
      return { status: 'done', value: write.run() }
    } catch (error) {
      if (!this.#db.isTransaction) throw error
      return { status: 'failed', error: sqliteError(error) }
    }
  }

  #settle(writes: readonly Write[], outcomes: readonly Outcome[]): void {
    for (const [index, write] of writes.entries()) {
      const outcome = outcomes[index]
      if (outcome?.status === 'done') write.resolve(outcome.value as never)
      else write.reject(outcome?.error)
    }
  }

  /** Refuses the writes that have waited too long for another process. */
  #expire(): void {
    const oldestMs = performance.now() - this.#options.busyTimeoutMs
    while ((this.#writes[0]?.addedAtMs ?? Infinity) < oldestMs) this.#writes.shift()?.reject(busyError(undefined))
  }
}
