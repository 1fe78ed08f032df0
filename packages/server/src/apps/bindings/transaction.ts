import type { DatabaseSync } from 'node:sqlite'
import { valueError } from './checks.ts'

/**
 * Runs `work` in a transaction of a SQLite database, with the write lock taken first. What `work` throws undoes everything and is
 * thrown. `work` must be synchronous: other requests would write into the same transaction while it waits, so a promise is refused with
 * `EK_BINDING_VALUE` and undone.
 *
 * @example
 * transaction(env.DB, () => {
 *   env.DB.prepare('INSERT INTO links VALUES (?, ?)').run(code, url)
 * })
 */
export function transaction<Value>(db: DatabaseSync, work: () => Value): Value {
  db.exec('BEGIN IMMEDIATE')
  try {
    const value = work()
    if (isThenable(value)) throw refusedPromise(value)
    db.exec('COMMIT')
    return value
  } catch (error) {
    // SQLite itself ends the transaction after some errors, such as a full disk.
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined)?.then === 'function'
}

function refusedPromise(promise: PromiseLike<unknown>): Error {
  // Its own failure, after the one thrown here, would be an unhandled rejection.
  promise.then(undefined, () => undefined)
  return valueError('the work of a transaction must be synchronous, not return a promise')
}
