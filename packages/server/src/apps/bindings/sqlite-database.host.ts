import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { setTimeout as wait } from 'node:timers/promises'
import { ServerError } from '../../errors/server-error.ts'
import { isBusy } from './sqlite-errors.ts'
import { openFile } from './sqlite-file.host.ts'

export interface SqliteDatabaseOptions {
  /** A path, or `:memory:`. */
  readonly file: string
  /** Folder of `*.sql` files, applied once each in the order of their names. */
  readonly migrations: string | undefined
  /** How long a statement blocks for a lock of another process, in milliseconds. */
  readonly busyTimeoutMs: number
}

interface Migration {
  readonly name: string
  readonly text: string
  readonly digest: string
}

/** How long a process waits for another one that migrates. */
const migrationTimeoutMs = 60_000

/**
 * Opens a database of an app and brings it up to date. Throws `EK_BINDING_OPEN` when it cannot be opened, `EK_BINDING_MIGRATION` when a
 * migration fails, has changed since it was applied, or is gone. The caller closes it.
 */
export async function openSqliteDatabase(options: SqliteDatabaseOptions): Promise<DatabaseSync> {
  const migrations = options.migrations === undefined ? [] : await readMigrations(options.migrations)
  const db = await openFile({ file: options.file, busyTimeoutMs: options.busyTimeoutMs })
  try {
    if (migrations.length > 0) await migrate(db, migrations)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

async function readMigrations(folder: string): Promise<readonly Migration[]> {
  const names = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    throw migrationError(`the folder of migrations cannot be read (${cause.code})`, cause)
  })
  const files = names.filter((name) => name.endsWith('.sql')).toSorted()
  if (files.length === 0) throw migrationError('the folder of migrations has no file "*.sql"')
  return Promise.all(
    files.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, digest: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/** Under the write lock, so that of several processes one migrates and the others find it done. */
async function migrate(db: DatabaseSync, migrations: readonly Migration[]): Promise<void> {
  await lock(db)
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS _evenkeel_migrations (
      name TEXT PRIMARY KEY, digest TEXT NOT NULL, applied_at_ms INTEGER NOT NULL) STRICT`)
    const rows = db.prepare('SELECT name, digest FROM _evenkeel_migrations').all()
    const applied = new Map(rows.map((row) => [String(row['name']), String(row['digest'])]))
    checkApplied(applied, migrations)
    for (const migration of migrations) if (!applied.has(migration.name)) apply(db, migration)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

async function lock(db: DatabaseSync): Promise<void> {
  const startedAt = performance.now()
  for (;;) {
    try {
      return db.exec('BEGIN IMMEDIATE')
    } catch (error) {
      if (!isBusy(error) || performance.now() - startedAt > migrationTimeoutMs)
        throw migrationError('another process holds the database', error)
    }
    await wait(10 + Math.random() * 30)
  }
}

function checkApplied(applied: ReadonlyMap<string, string>, migrations: readonly Migration[]): void {
  const known = new Map(migrations.map(({ name, digest }) => [name, digest]))
  for (const [name, digest] of applied) {
    if (known.get(name) === undefined) throw migrationError(`"${name}" was applied, but the folder no longer has it`)
    if (known.get(name) !== digest)
      throw migrationError(
        `"${name}" has changed since it was applied`,
        undefined,
        'Write the change as a new migration.',
      )
  }
}

function apply(db: DatabaseSync, { name, text, digest }: Migration): void {
  try {
    db.exec(text)
  } catch (cause) {
    throw migrationError(`"${name}" failed: ${(cause as Error).message}`, cause)
  }
  if (!db.isTransaction) throw migrationError(`"${name}" ends the transaction in which it runs`)
  const record = db.prepare('INSERT INTO _evenkeel_migrations VALUES (?, ?, ?)')
  record.run(name, digest, Date.now())
}

function migrationError(message: string, cause?: unknown, hint?: string): ServerError {
  const details = { ...(cause === undefined ? {} : { cause }), ...(hint === undefined ? {} : { hint }) }
  return new ServerError('EK_BINDING_MIGRATION', `the database cannot be migrated: ${message}`, details)
}
