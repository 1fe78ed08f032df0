import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { checkedSql } from './sqlite-errors.ts'
import { closedError } from './checks.ts'
import { openFile } from './sqlite-file.host.ts'
import type { SharedStore, Swap, WriteOptions } from './shared-store.ts'
import { WriteQueue } from './write-queue.host.ts'

export interface SqliteStoreOptions {
  readonly file: string
  /** Size at which the store takes no more, in bytes. */
  readonly maxBytes: number
  /** How long a call waits for other processes that write, in milliseconds. */
  readonly busyTimeoutMs: number
  /** Milliseconds since 1970: all processes of an app must agree on it. */
  readonly now: () => number
}

const schema = `
CREATE TABLE IF NOT EXISTS kv (
  space TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL, expires_at_ms INTEGER, PRIMARY KEY (space, key)
) STRICT;
CREATE INDEX IF NOT EXISTS kv_expiring ON kv (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS counters (
  space TEXT NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL CHECK (abs(value) <= 9007199254740991),
  expires_at_ms INTEGER, PRIMARY KEY (space, key)
) STRICT;
CREATE INDEX IF NOT EXISTS counters_expiring ON counters (expires_at_ms) WHERE expires_at_ms IS NOT NULL;
PRAGMA user_version = 1;
`

const here = 'space = :space AND key = :key'
const isLive = '(expires_at_ms IS NULL OR expires_at_ms > :now)'
const sql = {
  get: `SELECT value FROM kv WHERE ${here} AND ${isLive}`,
  put: `INSERT INTO kv VALUES (:space, :key, :value, :expires) ON CONFLICT (space, key)
    DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms`,
  putAbsent: `INSERT INTO kv VALUES (:space, :key, :value, :expires) ON CONFLICT (space, key)
    DO UPDATE SET value = excluded.value, expires_at_ms = excluded.expires_at_ms WHERE kv.expires_at_ms <= :now`,
  putPresent: `UPDATE kv SET value = :value, expires_at_ms = :expires WHERE ${here} AND ${isLive}`,
  swap: `UPDATE kv SET value = :value, expires_at_ms = coalesce(:expires, expires_at_ms)
    WHERE ${here} AND ${isLive} AND value = :expected`,
  drop: `DELETE FROM kv WHERE ${here} AND ${isLive} AND value = :expected`,
  delete: `DELETE FROM kv WHERE ${here} AND ${isLive}`,
  keys: `SELECT key FROM kv WHERE space = :space AND key > :after AND substr(key, 1, :length) = :prefix AND ${isLive}
    ORDER BY key LIMIT 256`,
  add: `INSERT INTO counters VALUES (:space, :key, :by, :expires) ON CONFLICT (space, key) DO UPDATE SET
    value = iif(expires_at_ms <= :now, excluded.value, counters.value + excluded.value),
    expires_at_ms = iif(expires_at_ms <= :now, excluded.expires_at_ms, counters.expires_at_ms) RETURNING value`,
  count: `SELECT value FROM counters WHERE ${here} AND ${isLive}`,
  reset: `DELETE FROM counters WHERE ${here} AND ${isLive}`,
  expireKv: `DELETE FROM kv WHERE rowid IN (SELECT rowid FROM kv WHERE expires_at_ms <= :now LIMIT 200)`,
  expireCounters: `DELETE FROM counters WHERE rowid IN (SELECT rowid FROM counters WHERE expires_at_ms <= :now LIMIT 200)`,
} as const

type Parameters = Record<string, SQLInputValue>

/** How often entries whose time is over are removed, in milliseconds. */
const expiryEveryMs = 1_000

/** A SQLite file that the processes of one app share. Reads run at once; writes of one turn of the event loop are one transaction. */
export class SqliteStore implements SharedStore {
  readonly #db: DatabaseSync
  readonly #now: () => number
  readonly #writes: WriteQueue
  readonly #statements = new Map<string, StatementSync>()
  #expiredAtMs = 0

  private constructor(db: DatabaseSync, options: SqliteStoreOptions) {
    this.#db = db
    this.#now = options.now
    this.#writes = new WriteQueue(db, { busyTimeoutMs: options.busyTimeoutMs, onTransaction: () => this.#expire() })
  }

  /** Throws `EK_BINDING_OPEN` when the file cannot be used. */
  static async open(options: SqliteStoreOptions): Promise<SqliteStore> {
    const db = await openFile({ file: options.file, maxBytes: options.maxBytes, schema, busyTimeoutMs: 2 })
    return new SqliteStore(db, options)
  }

  async get(space: string, key: string): Promise<string | undefined> {
    const row = this.#read(sql.get, { space, key, now: this.#now() })
    return row === undefined ? undefined : String(row['value'])
  }

  async set(space: string, key: string, value: string, options: WriteOptions): Promise<boolean> {
    const text = { always: sql.put, absent: sql.putAbsent, present: sql.putPresent }[options.only ?? 'always']
    return this.#writes.add(() => {
      const clock = options.only === undefined ? {} : { now: this.#now() }
      return this.#change(text, { space, key, value, expires: this.#expiry(options.ttlMs), ...clock })
    })
  }

  async swap(space: string, key: string, swap: Swap): Promise<boolean> {
    const { expected, next, ttlMs } = swap
    if (expected === undefined) {
      if (next !== undefined) return this.set(space, key, next, { ttlMs, only: 'absent' })
      return (await this.get(space, key)) === undefined
    }
    return this.#writes.add(() => {
      const known = { space, key, expected, now: this.#now() }
      if (next === undefined) return this.#change(sql.drop, known)
      return this.#change(sql.swap, { ...known, value: next, expires: this.#expiry(ttlMs) })
    })
  }

  async delete(space: string, key: string): Promise<boolean> {
    return this.#writes.add(() => this.#change(sql.delete, { space, key, now: this.#now() }))
  }

  async *keys(space: string, prefix: string): AsyncIterable<string> {
    const length = Array.from(prefix).length
    for (let after: string | undefined = ''; after !== undefined;) {
      const page = this.#readAll(sql.keys, { space, prefix, length, after, now: this.#now() })
      for (const { key } of page) yield String(key)
      after = page.length < 256 ? undefined : String(page.at(-1)?.['key'])
    }
  }

  async increment(space: string, key: string, by: number, ttlMs: number | undefined): Promise<number> {
    return this.#writes.add(() => {
      const row = this.#statement(sql.add).get({ space, key, by, expires: this.#expiry(ttlMs), now: this.#now() })
      return Number(row?.['value'])
    })
  }

  async count(space: string, key: string): Promise<number> {
    return Number(this.#read(sql.count, { space, key, now: this.#now() })?.['value'] ?? 0)
  }

  async reset(space: string, key: string): Promise<boolean> {
    return this.#writes.add(() => this.#change(sql.reset, { space, key, now: this.#now() }))
  }

  /** What was written before is written still. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writes.close()
    if (this.#db.isOpen) this.#db.close()
  }

  #read(text: string, parameters: Parameters): Record<string, unknown> | undefined {
    return this.#reading(() => this.#statement(text).get(parameters))
  }

  #readAll(text: string, parameters: Parameters): Record<string, unknown>[] {
    return this.#reading(() => this.#statement(text).all(parameters))
  }

  #reading<Value>(read: () => Value): Value {
    if (!this.#db.isOpen) throw closedError('the shared store')
    return checkedSql(read)
  }

  #change(text: string, parameters: Parameters): boolean {
    return Number(this.#statement(text).run(parameters).changes) > 0
  }

  /** A part of a write that runs anyway, so that no timer keeps the process alive. */
  #expire(): void {
    const now = this.#now()
    if (Math.abs(now - this.#expiredAtMs) < expiryEveryMs) return
    this.#expiredAtMs = now
    this.#change(sql.expireKv, { now })
    this.#change(sql.expireCounters, { now })
  }

  #expiry(ttlMs: number | undefined): number | null {
    return ttlMs === undefined ? null : Math.ceil(this.#now() + ttlMs)
  }

  #statement(text: string): StatementSync {
    const known = this.#statements.get(text)
    if (known !== undefined) return known
    const statement = this.#db.prepare(text)
    this.#statements.set(text, statement)
    return statement
  }
}
