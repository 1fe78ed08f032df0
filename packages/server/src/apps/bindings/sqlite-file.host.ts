import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { ServerError } from '../../errors/server-error.ts'
import { isBusy } from './sqlite-errors.ts'

export interface SqliteFileOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** Default: as large as the disk lets it. */
  readonly maxBytes?: number
  /** Run in a transaction at every opening. */
  readonly schema?: string
  /** How long a statement blocks for a lock of another process, in milliseconds. Default 50. */
  readonly busyTimeoutMs?: number
}

/** How long opening waits for other processes that open the same file. */
const openTimeoutMs = 10_000

/** Opens a file that several processes use at once: write-ahead log, foreign keys. Throws `EK_BINDING_OPEN` when it cannot be used. */
export async function openFile(options: SqliteFileOptions): Promise<DatabaseSync> {
  const startedAt = performance.now()
  for (;;) {
    try {
      if (options.file !== ':memory:') await mkdir(dirname(options.file), { recursive: true, mode: 0o700 })
      return openOnce(options)
    } catch (error) {
      // While one process switches the file to the write-ahead log, others are refused at once instead of being made to wait.
      if (!isBusy(error) || performance.now() - startedAt > openTimeoutMs) throw openError(error)
    }
    await wait(5 + Math.random() * 20)
  }
}

function openOnce(options: SqliteFileOptions): DatabaseSync {
  const { file, maxBytes, schema, busyTimeoutMs = 50 } = options
  const db = new DatabaseSync(file, { timeout: busyTimeoutMs })
  try {
    db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;')
    if (schema !== undefined) db.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`)
    if (maxBytes !== undefined) limit(db, maxBytes)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

function limit(db: DatabaseSync, maxBytes: number): void {
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.['page_size'])
  db.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`)
}

function openError(cause: unknown): ServerError {
  return new ServerError('EK_BINDING_OPEN', `the database file cannot be opened: ${(cause as Error).message}`, {
    cause,
  })
}
