import type { ScheduleMark, ScheduleRecord, SchedulesStore } from '../schedules-store.ts'
import type { Answered } from '../storage.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const columns = new Columns<ScheduleRecord>({
  functionName: 'plain',
  id: 'plain',
  tenant: 'plain',
  tokenId: 'plain',
  cron: 'plain',
  timezone: 'plain',
  input: 'plain',
  versionRef: 'plain',
  enabled: 'flag',
  createdAtMs: 'plain',
  lastDueMs: 'plain',
  lastOutcome: 'plain',
  skipped: 'plain',
})

export class SqliteSchedules implements Answered<SchedulesStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  put(schedule: ScheduleRecord): void {
    this.#db.transaction(() => {
      this.delete(schedule.functionName, schedule.id)
      this.#db.run(insertSql('schedules', columns.names), columns.toParameters(schedule))
    })
  }

  list(functionName?: string): readonly ScheduleRecord[] {
    const sql = `SELECT * FROM schedules WHERE :name IS NULL OR function_name = :name ORDER BY function_name, id`
    return this.#db.all(sql, { name: functionName ?? null }).map((row) => columns.toRecord(row))
  }

  delete(functionName: string, id: string): boolean {
    return (
      this.#db.run('DELETE FROM schedules WHERE function_name = :functionName AND id = :id', { functionName, id }) > 0
    )
  }

  mark({ functionName, id, dueMs, outcome, skipped }: ScheduleMark): void {
    this.#db.run(
      `UPDATE schedules SET last_due_ms = :dueMs, last_outcome = :outcome, skipped = skipped + :skipped
       WHERE function_name = :functionName AND id = :id`,
      { functionName, id, dueMs, outcome, skipped: skipped ? 1 : 0 },
    )
  }
}
