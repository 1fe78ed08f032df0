import type { ExecutionsStore } from './executions-store.ts'
import type { FunctionsStore } from './functions-store.ts'
import type { JobsStore } from './jobs-store.ts'
import type { SchedulesStore } from './schedules-store.ts'
import type { TokensStore } from './tokens-store.ts'
import type { UsageStore } from './usage-store.ts'

/**
 * Everything the server keeps. Each concern has an interface of its own; a backend offers all of them. Methods reject with
 * `EK_STORAGE_UNAVAILABLE` when the backend cannot answer now (full, locked, away); nothing of a rejected call is kept.
 */
export interface Storage extends StorageConcerns, AsyncDisposable {
  /** Whether the last calls were answered. Never asks the backend. */
  health(): StorageHealth
  /** Finishes the calls under way. Idempotent. */
  close(): Promise<void>
}

export interface StorageConcerns {
  readonly functions: FunctionsStore
  readonly tokens: TokensStore
  readonly executions: ExecutionsStore
  readonly usage: UsageStore
  readonly jobs: JobsStore
  readonly schedules: SchedulesStore
}

export interface StorageHealth {
  readonly status: 'ok' | 'failing'
  /** Calls that failed since the start. */
  readonly failures: number
  /** What the last failure was, while it lasts. */
  readonly message?: string
}

/** A concern as a backend that runs on its own thread implements it: the same methods, answered at once. */
export type Answered<Store> = {
  readonly [Method in keyof Store]: Store[Method] extends (...args: infer Args) => Promise<infer Value>
    ? (...args: Args) => Value
    : never
}
