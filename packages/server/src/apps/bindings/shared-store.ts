/** How an entry is written. */
export interface WriteOptions {
  /** The entry is gone after so many milliseconds. Default: never. */
  readonly ttlMs?: number | undefined
  /** Write only when there is no entry of this key, or only when there is one. Default: always. */
  readonly only?: 'absent' | 'present' | undefined
}

/** A replacement that happens only when nobody else was quicker. */
export interface Swap {
  /** What the entry is believed to hold; `undefined`: there is none. */
  readonly expected: string | undefined
  /** What it is to hold; `undefined`: it is to go. */
  readonly next: string | undefined
  /** Default: the time left to the entry stays. */
  readonly ttlMs?: number | undefined
}

/**
 * Keys and numbers that all runtimes of an app share. Each method is atomic: no other process sees or undoes half of it.
 * A space is one binding. The store that opened it disposes it; every method then rejects with `EK_BINDING_CLOSED`, and with
 * `EK_BINDING_UNAVAILABLE` when the store cannot be reached in time.
 */
export interface SharedStore extends AsyncDisposable {
  get(space: string, key: string): Promise<string | undefined>
  /** Whether it was written. */
  set(space: string, key: string, value: string, options: WriteOptions): Promise<boolean>
  /** Whether the entry held what was expected, and was replaced. */
  swap(space: string, key: string, swap: Swap): Promise<boolean>
  /** Whether there was one. */
  delete(space: string, key: string): Promise<boolean>
  /** Keys in no order; those that are written meanwhile may be missing. */
  keys(space: string, prefix: string): AsyncIterable<string>
  /** The number after adding. `ttlMs` counts from the first addition. Rejects with `EK_BINDING_VALUE` beyond the safe integers. */
  increment(space: string, key: string, by: number, ttlMs: number | undefined): Promise<number>
  /** 0 when there is none. */
  count(space: string, key: string): Promise<number>
  /** Whether there was one. */
  reset(space: string, key: string): Promise<boolean>
}
