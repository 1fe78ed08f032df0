import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { migrations } from './migrations.ts'

export interface DatabaseOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** Size at which the store is full, in bytes. Absent: as large as the disk lets it. */
  readonly maxBytes?: number
}

type Row = Record<string, unknown>

/** How long a call waits for another process that writes, in milliseconds. */
const busyTimeoutMs = 300

/** A connection with cached statements and named parameters. Throws what SQLite throws. */
export class Database {
  readonly #db: DatabaseSync
  readonly #statements = new Map<string, StatementSync>()

  constructor(options: DatabaseOptions) {
    this.#db = new DatabaseSync(options.file, { timeout: busyTimeoutMs })
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;')
    this.#migrate()
    if (options.maxBytes !== undefined) this.#limit(options.maxBytes)
  }

  all(sql: string, parameters: Record<string, SQLInputValue> = {}): Row[] {
    return this.#statement(sql).all(parameters) as Row[]
  }

  get(sql: string, parameters: Record<string, SQLInputValue> = {}): Row | undefined {
    return this.#statement(sql).get(parameters) as Row | undefined
  }

  /** The number of rows that changed. */
  run(sql: string, parameters: Record<string, SQLInputValue> = {}): number {
    return Number(this.#statement(sql).run(parameters).changes)
  }

  /** Rows that this connection has changed so far. */
  get changes(): number {
    return Number(this.get('SELECT total_changes() AS changes')?.['changes'])
  }

  /** Takes the write lock first, so that what is read inside cannot change. */
  transaction<Value>(work: () => Value): Value {
    this.#db.exec('BEGIN IMMEDIATE')
    try {
      const value = work()
      this.#db.exec('COMMIT')
      return value
    } catch (error) {
      // SQLite itself ends the transaction after some errors, such as a full disk.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK')
      throw error
    }
  }

  close(): void {
    this.#db.close()
  }

  #statement(sql: string): StatementSync {
    const known = this.#statements.get(sql)
    if (known !== undefined) return known
    const statement = this.#db.prepare(sql)
    this.#statements.set(sql, statement)
    return statement
  }

  #migrate(): void {
    this.transaction(() => {
      const applied = Number(this.#db.prepare('PRAGMA user_version').get()?.['user_version'])
      if (applied > migrations.length)
        throw new Error(`it was written by a newer version (schema ${applied}, this one knows ${migrations.length})`)
      for (const migration of migrations.slice(applied)) this.#db.exec(migration)
      this.#db.exec(`PRAGMA user_version = ${migrations.length}`)
    })
  }

  #limit(maxBytes: number): void {
    const pageBytes = Number(this.#db.prepare('PRAGMA page_size').get()?.['page_size'])
    this.#db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`)
  }
}

/** For `INSERT`: the columns, and a named parameter for each. */
export function insertSql(table: string, columns: readonly string[]): string {
  return `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${columns.map((column) => `:${column}`).join(', ')})`
}
