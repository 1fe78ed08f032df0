import { setTimeout as wait } from 'node:timers/promises'
import { ServerError } from '../../errors/server-error.ts'
import { checkKey, checkTtl, valueError } from './checks.ts'
import type { SharedStore, WriteOptions } from './shared-store.ts'

export type KeyValueWriteOptions = WriteOptions

/**
 * Values by key, shared by all runtimes of an app. Values are written as JSON: what `JSON.stringify` drops is not kept. Keys have at most
 * 512 bytes of UTF-8. Rejects with `EK_BINDING_VALUE` for a key or a value that cannot be kept, `EK_BINDING_FULL` when the store is full,
 * `EK_BINDING_UNAVAILABLE` when it cannot be reached.
 */
export interface KeyValue {
  /** `undefined` when there is none, or its time is over. The type is the caller's word: nothing checks it. */
  get<Value = unknown>(key: string): Promise<Value | undefined>
  /** Resolves to whether it was written, which only `only` can prevent. Without `ttlMs` the entry stays for good. */
  set(key: string, value: unknown, options?: KeyValueWriteOptions): Promise<boolean>
  /**
   * Replaces a value by what `change` makes of it; `undefined` removes it. `change` runs again when another runtime was quicker, so it
   * should do nothing else. Without `ttlMs` the entry keeps the time it has left. Resolves to the new value.
   */
  update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => Value | undefined | Promise<Value | undefined>,
    options?: { readonly ttlMs?: number },
  ): Promise<Value | undefined>
  /** Resolves to whether there was one. */
  delete(key: string): Promise<boolean>
  /** Keys in no order. One that is written meanwhile may be missing. */
  keys(options?: { readonly prefix?: string }): AsyncIterable<string>
}

export interface KeyValueOptions {
  readonly store: SharedStore
  readonly space: string
  readonly maxValueBytes: number
}

/** How often `update` tries against others before it gives up. */
const updateAttempts = 200

export class StoredKeyValue implements KeyValue {
  readonly #store: SharedStore
  readonly #space: string
  readonly #maxValueBytes: number

  constructor(options: KeyValueOptions) {
    this.#store = options.store
    this.#space = options.space
    this.#maxValueBytes = options.maxValueBytes
  }

  async get<Value = unknown>(key: string): Promise<Value | undefined> {
    checkKey(key)
    return decode<Value>(await this.#store.get(this.#space, key))
  }

  async set(key: string, value: unknown, options: KeyValueWriteOptions = {}): Promise<boolean> {
    checkKey(key)
    checkTtl(options.ttlMs)
    if (options.only !== undefined && options.only !== 'absent' && options.only !== 'present')
      throw valueError(`"only" must be "absent" or "present", not ${JSON.stringify(options.only)}`)
    return this.#store.set(this.#space, key, this.#encode(key, value), options)
  }

  async update<Value = unknown>(
    key: string,
    change: (value: Value | undefined) => Value | undefined | Promise<Value | undefined>,
    options: { readonly ttlMs?: number } = {},
  ): Promise<Value | undefined> {
    checkKey(key)
    checkTtl(options.ttlMs)
    for (let attempt = 0; attempt < updateAttempts; attempt += 1) {
      const expected = await this.#store.get(this.#space, key)
      const value = await change(decode<Value>(expected))
      const next = value === undefined ? undefined : this.#encode(key, value)
      if (next === expected && options.ttlMs === undefined) return value
      if (await this.#store.swap(this.#space, key, { expected, next, ttlMs: options.ttlMs })) return value
      await wait(Math.random() * Math.min(2 ** attempt, 20))
    }
    throw new ServerError(
      'EK_BINDING_UNAVAILABLE',
      `the key "${key}" changed ${updateAttempts} times while it was updated`,
    )
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key)
    return this.#store.delete(this.#space, key)
  }

  keys(options: { readonly prefix?: string } = {}): AsyncIterable<string> {
    const { prefix = '' } = options
    if (prefix !== '') checkKey(prefix)
    return this.#store.keys(this.#space, prefix)
  }

  #encode(key: string, value: unknown): string {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer)
      throw valueError(`the value of "${key}" is binary, which JSON cannot hold`, 'Keep it as text: bytes.toBase64().')
    const text = stringify(key, value)
    const bytes = Buffer.byteLength(text)
    if (bytes <= this.#maxValueBytes) return text
    throw valueError(`the value of "${key}" has ${bytes} bytes as JSON, this binding takes ${this.#maxValueBytes}`)
  }
}

function stringify(key: string, value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (cause) {
    throw valueError(`the value of "${key}" cannot be written as JSON: ${(cause as Error).message.split('\n')[0]}`)
  }
  if (text === undefined) throw valueError(`the value of "${key}" is ${typeof value}, which JSON cannot hold`)
  return text
}

function decode<Value>(text: string | undefined): Value | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as Value)
}
