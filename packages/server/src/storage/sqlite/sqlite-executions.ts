import type { SQLInputValue } from 'node:sqlite'
import type { ExecutionRecord, ExecutionsQuery, ExecutionsStore, SourceRecord } from '../executions-store.ts'
import type { Answered } from '../storage.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const columns = new Columns<ExecutionRecord>({
  id: 'plain',
  kind: 'plain',
  tenant: 'plain',
  tokenId: 'plain',
  functionName: 'plain',
  version: 'plain',
  status: 'plain',
  httpStatus: 'plain',
  errorCode: 'plain',
  errorType: 'plain',
  startedAtMs: 'plain',
  queueMs: 'plain',
  wallMs: 'plain',
  cpuMs: 'plain',
  peakHeapBytes: 'plain',
  error: 'plain',
  logs: 'plain',
  warnings: 'plain',
  input: 'plain',
  result: 'plain',
  sourceDigest: 'plain',
  limits: 'plain',
  replayOf: 'plain',
})

const sourceColumns = new Columns<SourceRecord>({ digest: 'plain', language: 'plain', code: 'plain' })

const heavyColumns = new Set(['logs', 'warnings', 'input', 'result', 'limits'])
const listed = columns.names.map((name) => (heavyColumns.has(name) ? `NULL AS ${name}` : name)).join(', ')
const replaced = columns.names.map((name) => `${name} = excluded.${name}`).join(', ')
const insertExecution = `${insertSql('executions', columns.names)} ON CONFLICT (id) DO UPDATE SET ${replaced}`
const insertSource = `${insertSql('sources', sourceColumns.names)} ON CONFLICT (digest) DO NOTHING`

const filters: Readonly<Record<string, string>> = {
  tokenId: 'token_id = :tokenId',
  functionName: 'function_name = :functionName',
  kind: 'kind = :kind',
  status: 'status = :status',
  errorCode: 'error_code = :errorCode',
  sinceMs: 'started_at_ms >= :sinceMs',
  untilMs: 'started_at_ms < :untilMs',
}

export class SqliteExecutions implements Answered<ExecutionsStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  insert(records: readonly ExecutionRecord[], sources: readonly SourceRecord[]): void {
    this.#db.transaction(() => {
      for (const source of sources) this.#db.run(insertSource, sourceColumns.toParameters(source))
      for (const record of records) this.#db.run(insertExecution, columns.toParameters(record))
    })
  }

  get(id: string): ExecutionRecord | undefined {
    const row = this.#db.get('SELECT * FROM executions WHERE id = :id', { id })
    return row === undefined ? undefined : columns.toRecord(row)
  }

  list({ tenants, after, limit, ...query }: ExecutionsQuery): readonly ExecutionRecord[] {
    const parameters: Record<string, SQLInputValue> = { limit }
    const conditions = ['1 = 1']
    if (tenants !== undefined) {
      const names = tenants.map((_, index) => `:tenant${index}`)
      // Of one tenant the index has them in order. Those of several are sooner found in the order of time than sorted.
      conditions.push(`${tenants.length > 1 ? '+' : ''}tenant IN (${names.join(', ')})`)
      for (const [index, tenant] of tenants.entries()) parameters[`tenant${index}`] = tenant
    }
    for (const [name, value] of Object.entries(query)) {
      const condition = filters[name]
      if (condition === undefined || value === undefined) continue
      conditions.push(condition)
      parameters[name] = value
    }
    if (after !== undefined) {
      conditions.push('(started_at_ms, id) < (:afterMs, :afterId)')
      parameters['afterMs'] = after.startedAtMs
      parameters['afterId'] = after.id
    }
    const sql = `SELECT ${listed} FROM executions WHERE ${conditions.join(' AND ')} ORDER BY started_at_ms DESC, id DESC LIMIT :limit`
    return this.#db.all(sql, parameters).map((row) => columns.toRecord(row))
  }

  source(digest: string): SourceRecord | undefined {
    const row = this.#db.get('SELECT * FROM sources WHERE digest = :digest', { digest })
    return row === undefined ? undefined : sourceColumns.toRecord(row)
  }

  prune(policy: { readonly beforeMs: number; readonly maxRows: number; readonly limit: number }): number {
    return this.#db.transaction(() => {
      const count = Number(this.#db.get('SELECT COUNT(*) AS count FROM executions')?.['count'])
      const { beforeMs, limit } = policy
      const surplus = Math.min(limit, Math.max(0, count - policy.maxRows))
      const deleted = this.#db.run(
        `DELETE FROM executions WHERE id IN (SELECT id FROM executions WHERE started_at_ms < :beforeMs ORDER BY started_at_ms LIMIT :limit)
         OR id IN (SELECT id FROM executions ORDER BY started_at_ms, id LIMIT :surplus)`,
        { beforeMs, limit, surplus },
      )
      if (deleted > 0)
        this.#db.run(
          'DELETE FROM sources WHERE digest NOT IN (SELECT source_digest FROM executions WHERE source_digest IS NOT NULL)',
        )
      return deleted
    })
  }
}
