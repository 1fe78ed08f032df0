import { LRUCache } from 'lru-cache'
import { checkKey, checkTtl, valueError } from './checks.ts'

export interface CacheWriteOptions {
  /** Default: that of the binding; without one, until there is no room. */
  readonly ttlMs?: number
  /** What the value counts as. Default: its bytes for binary, twice its length for text, otherwise those of its JSON. */
  readonly bytes?: number
}

export interface CacheStats {
  readonly entries: number
  readonly bytes: number
  readonly hits: number
  readonly misses: number
}

/**
 * Values in the memory of one runtime, the least recently used leaving first. They are kept as they are, not copied, and each runtime has
 * its own: for what all must share there is the key-value binding.
 */
export interface Cache {
  /** The type is the caller's word: nothing checks it. */
  get<Value = unknown>(key: string): Value | undefined
  /** Whether there was room: a value larger than the whole cache is not kept. */
  set(key: string, value: unknown, options?: CacheWriteOptions): boolean
  /** The value, loaded once for all who ask meanwhile. A failure to load is everybody's and is not kept; `undefined` is not kept either. */
  getOrSet<Value>(key: string, load: () => Promise<Value>, options?: CacheWriteOptions): Promise<Value>
  /** Whether there was one. */
  delete(key: string): boolean
  clear(): void
  stats(): CacheStats
}

export interface CacheOptions {
  readonly maxBytes: number
  readonly ttlMs: number | undefined
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number
}

/** What an entry costs beside its value. */
const entryBytes = 64

export class MemoryCache implements Cache {
  readonly #entries: LRUCache<string, { readonly value: unknown }>
  readonly #loading = new Map<string, Promise<unknown>>()
  #hits = 0
  #misses = 0

  constructor(options: CacheOptions) {
    this.#entries = new LRUCache({
      maxSize: options.maxBytes,
      // A timer per burst would save clock reads and make the moment of expiry inexact.
      ttlResolution: 0,
      perf: { now: options.now },
      ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }),
    })
  }

  get<Value = unknown>(key: string): Value | undefined {
    checkKey(key)
    const entry = this.#entries.get(key)
    if (entry === undefined) this.#misses += 1
    else this.#hits += 1
    return entry?.value as Value | undefined
  }

  set(key: string, value: unknown, options: CacheWriteOptions = {}): boolean {
    checkKey(key)
    checkTtl(options.ttlMs)
    const size = entryBytes + 2 * key.length + (options.bytes ?? sizeOf(key, value))
    this.#entries.set(key, { value }, { size, ...(options.ttlMs === undefined ? {} : { ttl: options.ttlMs }) })
    return size <= this.#entries.maxSize
  }

  async getOrSet<Value>(key: string, load: () => Promise<Value>, options: CacheWriteOptions = {}): Promise<Value> {
    const known = this.get<Value>(key)
    if (known !== undefined) return known
    const loading = this.#loading.get(key) ?? this.#load(key, load, options)
    return loading as Promise<Value>
  }

  delete(key: string): boolean {
    checkKey(key)
    return this.#entries.delete(key)
  }

  clear(): void {
    this.#entries.clear()
  }

  stats(): CacheStats {
    const bytes = this.#entries.calculatedSize
    return { entries: this.#entries.size, bytes, hits: this.#hits, misses: this.#misses }
  }

  #load(key: string, load: () => Promise<unknown>, options: CacheWriteOptions): Promise<unknown> {
    const loading = (async () => {
      try {
        const value = await load()
        if (value !== undefined) this.set(key, value, options)
        return value
      } finally {
        this.#loading.delete(key)
      }
    })()
    this.#loading.set(key, loading)
    return loading
  }
}

function sizeOf(key: string, value: unknown): number {
  if (typeof value === 'string') return 2 * value.length
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength
  try {
    return JSON.stringify(value)?.length ?? 0
  } catch {
    throw valueError(`the size of the value of "${key}" cannot be told`, 'Say it: set(key, value, { bytes }).')
  }
}
