/** Runs SQLite, whose calls wait for the disk, on a thread of its own. Calls are answered in order. */
import { parentPort, workerData } from 'node:worker_threads'
import type { StorageConcerns } from '../storage.ts'
import type { StorageCall, StorageReply, StorageThreadData } from './calls.ts'
import { Database } from './database.ts'
import { SqliteExecutions } from './sqlite-executions.ts'
import { SqliteFunctions } from './sqlite-functions.ts'
import { SqliteJobs } from './sqlite-jobs.ts'
import { SqliteSchedules } from './sqlite-schedules.ts'
import { SqliteTokens } from './sqlite-tokens.ts'
import { SqliteUsage } from './sqlite-usage.ts'

const port = parentPort
if (port === null) throw new Error('this file runs in a thread')

try {
  serveCalls(new Database(workerData as StorageThreadData))
  reply({ id: 0, status: 'ok', value: undefined, wrote: false })
} catch (error) {
  reply({ id: 0, status: 'failed', message: (error as Error).message })
  port.close()
}

function serveCalls(db: Database): void {
  const concerns = {
    functions: new SqliteFunctions(db),
    tokens: new SqliteTokens(db),
    executions: new SqliteExecutions(db),
    usage: new SqliteUsage(db),
    jobs: new SqliteJobs(db),
    schedules: new SqliteSchedules(db),
  } satisfies Record<keyof StorageConcerns, object>
  port?.on('message', (call: StorageCall) => {
    if (call.concern === 'close') {
      db.close()
      reply({ id: call.id, status: 'ok', value: undefined, wrote: false })
      port.close()
      return
    }
    try {
      const concern = concerns[call.concern] as unknown as Record<string, (...args: readonly unknown[]) => unknown>
      const before = db.changes
      const value = concern[call.method]?.(...call.args)
      reply({ id: call.id, status: 'ok', value, wrote: db.changes > before })
    } catch (error) {
      reply({ id: call.id, status: 'failed', message: (error as Error).message })
    }
  })
}

function reply(message: StorageReply): void {
  port?.postMessage(message)
}
