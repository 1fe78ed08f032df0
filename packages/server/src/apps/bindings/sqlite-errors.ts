import { ServerError } from '../../errors/server-error.ts'
import { valueError } from './checks.ts'

/** Primary result codes of SQLite. */
const resultCodes = { busy: 5, locked: 6, full: 13, constraint: 19 } as const

/** Whether another process holds the lock that was asked for. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === resultCodes.busy || code === resultCodes.locked
}

/** Runs it and says in our words what SQLite refuses. */
export function checkedSql<Value>(run: () => Value): Value {
  try {
    return run()
  } catch (error) {
    throw sqliteError(error)
  }
}

/** An error of SQLite as one with a code of ours; other errors stay as they are. */
export function sqliteError(error: unknown): unknown {
  const code = resultCode(error)
  if (code === undefined) return error
  if (isBusy(error)) return busyError(error)
  if (code === resultCodes.full) return new ServerError('EK_BINDING_FULL', 'the shared store is full', { cause: error })
  if (code === resultCodes.constraint) return valueError('the counter would leave the safe integers')
  return new ServerError('EK_BINDING_UNAVAILABLE', `the shared store failed: ${(error as Error).message}`, {
    cause: error,
  })
}

export function busyError(cause: unknown): ServerError {
  const message = 'the shared store is held by another process for too long'
  return new ServerError('EK_BINDING_UNAVAILABLE', message, { cause, status: 503 })
}

function resultCode(error: unknown): number | undefined {
  const { code, errcode } = error as { code?: unknown; errcode?: unknown }
  return code === 'ERR_SQLITE_ERROR' && typeof errcode === 'number' ? errcode & 0xff : undefined
}
