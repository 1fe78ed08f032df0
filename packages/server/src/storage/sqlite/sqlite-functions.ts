import type {
  AddVersionResult,
  FunctionRecord,
  FunctionsQuery,
  FunctionsStore,
  NewVersion,
  VersionRecord,
} from '../functions-store.ts'
import type { Answered } from '../storage.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const functionColumns = new Columns<Omit<FunctionRecord, 'aliases'>>({
  name: 'plain',
  tenant: 'plain',
  ownerToken: 'plain',
  currentVersion: 'plain',
  description: 'plain',
  createdAtMs: 'plain',
  updatedAtMs: 'plain',
})

const versionColumns = new Columns<VersionRecord>({
  name: 'plain',
  version: 'plain',
  spec: 'plain',
  secrets: 'plain',
  digest: 'plain',
  createdAtMs: 'plain',
})

export class SqliteFunctions implements Answered<FunctionsStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  get(name: string): FunctionRecord | undefined {
    const row = this.#db.get('SELECT * FROM functions WHERE name = :name', { name })
    return row === undefined ? undefined : this.#withAliases(functionColumns.toRecord(row))
  }

  list({ tenants, after = '', limit }: FunctionsQuery): readonly FunctionRecord[] {
    const rows = this.#db.all(
      `SELECT * FROM functions WHERE name > :after AND (:all = 1 OR tenant IN (SELECT value FROM json_each(:tenants)))
       ORDER BY name LIMIT :limit`,
      { after, all: tenants === undefined ? 1 : 0, tenants: JSON.stringify(tenants ?? []), limit },
    )
    return rows.map((row) => this.#withAliases(functionColumns.toRecord(row)))
  }

  addVersion(added: NewVersion): AddVersionResult {
    return this.#db.transaction(() => {
      const existing = this.get(added.name)
      if (existing !== undefined && existing.tenant !== added.tenant) return { status: 'taken' }
      const previous = existing === undefined ? undefined : this.version(added.name, existing.currentVersion)
      if (previous?.digest === added.digest)
        return { status: 'unchanged', version: previous.version, previousVersion: previous.version }
      const version = this.#lastVersion(added.name) + 1
      if (existing === undefined) this.#insertFunction(added)
      const row = { ...added, version, createdAtMs: added.nowMs }
      this.#db.run(insertSql('function_versions', versionColumns.names), versionColumns.toParameters(row))
      this.#db.run(
        `UPDATE functions SET current_version = :version, description = :description, owner_token = :ownerToken,
         updated_at_ms = :nowMs WHERE name = :name`,
        {
          name: added.name,
          version,
          description: added.description,
          ownerToken: added.ownerToken,
          nowMs: added.nowMs,
        },
      )
      this.#dropOldVersions(added.name, added.keepVersions)
      return { status: 'added', version, previousVersion: previous?.version ?? null }
    })
  }

  version(name: string, version: number): VersionRecord | undefined {
    const row = this.#db.get('SELECT * FROM function_versions WHERE name = :name AND version = :version', {
      name,
      version,
    })
    return row === undefined ? undefined : versionColumns.toRecord(row)
  }

  versions(name: string): readonly VersionRecord[] {
    const rows = this.#db.all('SELECT * FROM function_versions WHERE name = :name ORDER BY version DESC', { name })
    return rows.map((row) => versionColumns.toRecord(row))
  }

  setCurrent(name: string, version: number, nowMs: number): boolean {
    return this.#db.transaction(() => {
      const target = this.version(name, version)
      if (target === undefined) return false
      const { description = '' } = JSON.parse(target.spec) as { description?: string }
      return (
        this.#db.run(
          `UPDATE functions SET current_version = :version, description = :description, updated_at_ms = :nowMs
           WHERE name = :name`,
          { name, version, description, nowMs },
        ) > 0
      )
    })
  }

  setAlias(name: string, alias: string, version: number | null): boolean {
    if (version === null)
      return this.#db.run('DELETE FROM function_aliases WHERE name = :name AND alias = :alias', { name, alias }) > 0
    return this.#db.transaction(() => {
      if (this.version(name, version) === undefined) return false
      const parameters = { name, alias, version }
      this.#db.run(
        `${insertSql('function_aliases', Object.keys(parameters))} ON CONFLICT (name, alias) DO UPDATE SET version = :version`,
        parameters,
      )
      return true
    })
  }

  delete(name: string): boolean {
    return this.#db.run('DELETE FROM functions WHERE name = :name', { name }) > 0
  }

  #withAliases(record: Omit<FunctionRecord, 'aliases'>): FunctionRecord {
    const rows = this.#db.all('SELECT alias, version FROM function_aliases WHERE name = :name ORDER BY alias', {
      name: record.name,
    })
    return { ...record, aliases: Object.fromEntries(rows.map((row) => [String(row['alias']), Number(row['version'])])) }
  }

  #lastVersion(name: string): number {
    const row = this.#db.get('SELECT MAX(version) AS last FROM function_versions WHERE name = :name', { name })
    return Number(row?.['last'] ?? 0)
  }

  #insertFunction({ name, tenant, ownerToken, description, nowMs }: NewVersion): void {
    const row = { name, tenant, ownerToken, currentVersion: 0, description, createdAtMs: nowMs, updatedAtMs: nowMs }
    this.#db.run(insertSql('functions', functionColumns.names), functionColumns.toParameters(row))
  }

  #dropOldVersions(name: string, keep: number): void {
    this.#db.run(
      `DELETE FROM function_versions WHERE name = :name
       AND version NOT IN (SELECT version FROM function_versions WHERE name = :name ORDER BY version DESC LIMIT :keep)
       AND version NOT IN (SELECT version FROM function_aliases WHERE name = :name)`,
      { name, keep },
    )
  }
}
