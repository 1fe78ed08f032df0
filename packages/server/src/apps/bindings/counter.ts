import { checkKey, checkTtl, valueError } from './checks.ts'
import type { SharedStore } from './shared-store.ts'

/**
 * Whole numbers by key, shared by all runtimes of an app: additions of several at once all count. Rejects with `EK_BINDING_VALUE` for a
 * number that is not whole or leaves the safe integers, `EK_BINDING_UNAVAILABLE` when the store cannot be reached.
 */
export interface Counter {
  /** Adds `by` (default 1) and resolves to the sum. With `ttlMs`, counted from the first addition, the counter then starts at 0 again. */
  increment(key: string, by?: number, options?: { readonly ttlMs?: number }): Promise<number>
  /** 0 when nothing was added, or its time is over. */
  get(key: string): Promise<number>
  /** Resolves to whether there was one. */
  reset(key: string): Promise<boolean>
}

export class StoredCounter implements Counter {
  readonly #store: SharedStore
  readonly #space: string

  constructor(options: { readonly store: SharedStore; readonly space: string }) {
    this.#store = options.store
    this.#space = options.space
  }

  async increment(key: string, by = 1, options: { readonly ttlMs?: number } = {}): Promise<number> {
    checkKey(key)
    checkTtl(options.ttlMs)
    if (!Number.isSafeInteger(by)) throw valueError(`a counter adds whole numbers, not ${String(by)}`)
    return this.#store.increment(this.#space, key, by, options.ttlMs)
  }

  async get(key: string): Promise<number> {
    checkKey(key)
    return this.#store.count(this.#space, key)
  }

  async reset(key: string): Promise<boolean> {
    checkKey(key)
    return this.#store.reset(this.#space, key)
  }
}
