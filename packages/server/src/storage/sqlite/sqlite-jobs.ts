import type { EnqueueResult, JobRecord, JobSettlement, JobsStore, JobStatus } from '../jobs-store.ts'
import type { Answered } from '../storage.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const columns = new Columns<JobRecord>({
  id: 'plain',
  kind: 'plain',
  tenant: 'plain',
  tokenId: 'plain',
  functionName: 'plain',
  versionRef: 'plain',
  input: 'plain',
  status: 'plain',
  attempts: 'plain',
  maxAttempts: 'plain',
  backoffMs: 'plain',
  retryAll: 'flag',
  nextAtMs: 'plain',
  leaseUntilMs: 'plain',
  idempotencyKey: 'plain',
  requestDigest: 'plain',
  exclusiveKey: 'plain',
  createdAtMs: 'plain',
  finishedAtMs: 'plain',
  answer: 'plain',
  answerStatus: 'plain',
})

export class SqliteJobs implements Answered<JobsStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  enqueue(job: JobRecord): EnqueueResult {
    return this.#db.transaction(() => {
      const known = this.#byKey(job)
      if (known !== undefined) return { status: 'duplicate', job: known }
      if (job.exclusiveKey !== null && this.#isBusy(job.exclusiveKey)) return { status: 'busy' }
      this.#db.run(insertSql('jobs', columns.names), columns.toParameters(job))
      return { status: 'enqueued', job }
    })
  }

  claim({ nowMs, limit, leaseMs }: { nowMs: number; limit: number; leaseMs: number }): readonly JobRecord[] {
    const rows = this.#db.all(
      `UPDATE jobs SET status = 'running', attempts = attempts + 1, lease_until_ms = :nowMs + :leaseMs
       WHERE id IN (SELECT id FROM jobs WHERE (status = 'queued' AND next_at_ms <= :nowMs)
         OR (status = 'running' AND lease_until_ms <= :nowMs) ORDER BY next_at_ms, created_at_ms LIMIT :limit)
       RETURNING *`,
      { nowMs, limit, leaseMs },
    )
    return rows.map((row) => columns.toRecord(row))
  }

  extend(ids: readonly string[], leaseUntilMs: number): void {
    this.#db.run(
      `UPDATE jobs SET lease_until_ms = :leaseUntilMs WHERE status = 'running' AND id IN (SELECT value FROM json_each(:ids))`,
      { leaseUntilMs, ids: JSON.stringify(ids) },
    )
  }

  settle({ id, attempt, status, answer, answerStatus, nowMs }: JobSettlement): boolean {
    return (
      this.#db.run(
        `UPDATE jobs SET status = :status, answer = :answer, answer_status = :answerStatus, finished_at_ms = :nowMs,
         lease_until_ms = NULL WHERE id = :id AND status = 'running' AND attempts = :attempt`,
        { id, attempt, status, answer, answerStatus, nowMs },
      ) > 0
    )
  }

  requeue(retry: { id: string; attempt: number; attempts: number; nextAtMs: number }): boolean {
    return (
      this.#db.run(
        `UPDATE jobs SET status = 'queued', attempts = :attempts, next_at_ms = :nextAtMs, lease_until_ms = NULL
         WHERE id = :id AND status = 'running' AND attempts = :attempt`,
        { ...retry },
      ) > 0
    )
  }

  cancel(id: string, nowMs: number): JobStatus | undefined {
    return this.#db.transaction(() => {
      const job = this.get(id)
      if (job?.status === 'queued' || job?.status === 'running')
        this.#db.run(
          `UPDATE jobs SET status = 'cancelled', finished_at_ms = :nowMs, lease_until_ms = NULL WHERE id = :id`,
          { id, nowMs },
        )
      return job?.status
    })
  }

  get(id: string): JobRecord | undefined {
    const row = this.#db.get('SELECT * FROM jobs WHERE id = :id', { id })
    return row === undefined ? undefined : columns.toRecord(row)
  }

  nextDueMs(): number | undefined {
    const row = this.#db.get(
      `SELECT MIN(due) AS due FROM (SELECT MIN(next_at_ms) AS due FROM jobs WHERE status = 'queued'
       UNION ALL SELECT MIN(lease_until_ms) FROM jobs WHERE status = 'running')`,
    )
    const due = row?.['due']
    return typeof due === 'number' ? due : undefined
  }

  prune(beforeMs: number): number {
    return this.#db.run('DELETE FROM jobs WHERE finished_at_ms < :beforeMs', { beforeMs })
  }

  #byKey({ tenant, functionName, idempotencyKey }: JobRecord): JobRecord | undefined {
    if (idempotencyKey === null) return undefined
    const row = this.#db.get(
      'SELECT * FROM jobs WHERE tenant = :tenant AND function_name = :functionName AND idempotency_key = :idempotencyKey',
      { tenant, functionName, idempotencyKey },
    )
    return row === undefined ? undefined : columns.toRecord(row)
  }

  #isBusy(exclusiveKey: string): boolean {
    const sql = `SELECT 1 FROM jobs WHERE exclusive_key = :exclusiveKey AND status IN ('queued', 'running') LIMIT 1`
    return this.#db.get(sql, { exclusiveKey }) !== undefined
  }
}
