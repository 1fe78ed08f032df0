import type { Answered } from '../storage.ts'
import {
  hashPrefixLength,
  type TokenEvent,
  type TokenPatch,
  type TokenRecord,
  type TokensStore,
} from '../tokens-store.ts'
import { Columns } from './columns.ts'
import { insertSql, type Database } from './database.ts'

const columns = new Columns<TokenRecord>({
  id: 'plain',
  name: 'plain',
  tenant: 'plain',
  hash: 'plain',
  scopes: 'json',
  limits: 'plain',
  createdAtMs: 'plain',
  expiresAtMs: 'plain',
  revokedAtMs: 'plain',
  lastUsedAtMs: 'plain',
})

const eventColumns = new Columns<TokenEvent>({ tokenId: 'plain', atMs: 'plain', action: 'plain', detail: 'plain' })

export class SqliteTokens implements Answered<TokensStore> {
  readonly #db: Database

  constructor(db: Database) {
    this.#db = db
  }

  insert(token: TokenRecord): void {
    const prefix = Buffer.from(token.hash).toString('hex').slice(0, hashPrefixLength)
    this.#db.run(insertSql('tokens', [...columns.names, 'hash_prefix']), {
      ...columns.toParameters(token),
      hash_prefix: prefix,
    })
  }

  byHashPrefix(prefix: string): readonly TokenRecord[] {
    return this.#db
      .all('SELECT * FROM tokens WHERE hash_prefix = :prefix', { prefix })
      .map((row) => columns.toRecord(row))
  }

  get(id: string): TokenRecord | undefined {
    const row = this.#db.get('SELECT * FROM tokens WHERE id = :id', { id })
    return row === undefined ? undefined : columns.toRecord(row)
  }

  list(): readonly TokenRecord[] {
    return this.#db.all('SELECT * FROM tokens ORDER BY created_at_ms DESC, id').map((row) => columns.toRecord(row))
  }

  update(id: string, patch: TokenPatch): boolean {
    return this.#db.transaction(() => {
      const token = this.get(id)
      if (token === undefined) return false
      const { name, scopes, limits, expires_at_ms } = columns.toParameters({ ...token, ...patch })
      return (
        this.#db.run(
          'UPDATE tokens SET name = :name, scopes = :scopes, limits = :limits, expires_at_ms = :expires WHERE id = :id',
          { id, name: name ?? null, scopes: scopes ?? null, limits: limits ?? null, expires: expires_at_ms ?? null },
        ) > 0
      )
    })
  }

  revoke(id: string, nowMs: number): boolean {
    return (
      this.#db.run('UPDATE tokens SET revoked_at_ms = :nowMs WHERE id = :id AND revoked_at_ms IS NULL', { id, nowMs }) >
      0
    )
  }

  countActive(nowMs: number): number {
    const row = this.#db.get(
      `SELECT COUNT(*) AS count FROM tokens WHERE revoked_at_ms IS NULL AND (expires_at_ms IS NULL OR expires_at_ms > :nowMs)`,
      { nowMs },
    )
    return Number(row?.['count'])
  }

  touch(uses: readonly { readonly id: string; readonly atMs: number }[]): void {
    this.#db.transaction(() => {
      for (const { id, atMs } of uses)
        this.#db.run('UPDATE tokens SET last_used_at_ms = MAX(:atMs, COALESCE(last_used_at_ms, 0)) WHERE id = :id', {
          id,
          atMs,
        })
    })
  }

  addEvents(events: readonly TokenEvent[]): void {
    this.#db.transaction(() => {
      for (const event of events)
        this.#db.run(insertSql('token_events', eventColumns.names), eventColumns.toParameters(event))
    })
  }

  events(tokenId: string, limit: number): readonly TokenEvent[] {
    return this.#db
      .all('SELECT * FROM token_events WHERE token_id = :tokenId ORDER BY sequence DESC LIMIT :limit', {
        tokenId,
        limit,
      })
      .map((row) => eventColumns.toRecord(row))
  }
}
