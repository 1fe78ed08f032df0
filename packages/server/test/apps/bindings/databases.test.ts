import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import type { Pool } from 'pg'
import { openBindings, type Bindings } from '../../../src/apps/bindings/bindings.host.ts'
import { transaction } from '../../../src/apps/bindings/transaction.ts'
import { postgresUrl, whyUnavailable } from '../../support/services.ts'

const unavailable = await whyUnavailable(postgresUrl, 5432)
const skip = unavailable ?? false

function project(t: TestContext, migrations: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-databases-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  mkdirSync(join(folder, 'migrations'))
  write(folder, migrations)
  return folder
}

function write(folder: string, migrations: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(migrations)) writeFileSync(join(folder, 'migrations', name), text)
}

async function open(appDir: string): Promise<Bindings & { readonly env: { readonly DB: DatabaseSync } }> {
  const config = { DB: { type: 'sqlite', migrations: 'migrations' } } as const
  const bindings = await openBindings({ config, app: 'test', dataDir: join(appDir, 'data'), appDir })
  return bindings as Bindings & { readonly env: { readonly DB: DatabaseSync } }
}

const links = { '001-links.sql': 'CREATE TABLE links (code TEXT PRIMARY KEY, url TEXT NOT NULL) STRICT;' }

test('migrations are applied once, in order, and runtimes that start at once agree', async (t) => {
  const folder = project(t, { ...links, '002-first.sql': `INSERT INTO links VALUES ('a', 'x');` })
  const opened = await Promise.all([open(folder), open(folder), open(folder)])
  t.after(() => Promise.all(opened.map((each) => each[Symbol.asyncDispose]())))
  for (const { env } of opened) assert.equal(env.DB.prepare('SELECT count(*) AS n FROM links').get()?.['n'], 1)
  write(folder, { '003-more.sql': 'ALTER TABLE links ADD COLUMN hits INTEGER NOT NULL DEFAULT 0;' })
  await using later = await open(folder)
  const row = later.env.DB.prepare('SELECT * FROM links').get()
  assert.deepEqual({ ...row }, { code: 'a', url: 'x', hits: 0 })
  assert.equal(later.env.DB.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal')
})

test('a migration that fails leaves nothing of itself, and the next start tries again', async (t) => {
  const folder = project(t, { ...links, '002-bad.sql': 'CREATE TABLE half (a TEXT); INSERT INTO nowhere VALUES (1);' })
  await assert.rejects(open(folder), {
    code: 'EK_BINDING_MIGRATION',
    message: /binding "DB".*"002-bad\.sql" failed: no such table: nowhere/,
  })
  write(folder, { '002-bad.sql': 'CREATE TABLE half (a TEXT);' })
  await using bindings = await open(folder)
  assert.equal(bindings.env.DB.prepare('SELECT count(*) AS n FROM half').get()?.['n'], 0)
})

test('a migration that changed, that is gone, or that ends its transaction is refused by name', async (t) => {
  const folder = project(t, links)
  await (await open(folder))[Symbol.asyncDispose]()
  write(folder, { '001-links.sql': `${links['001-links.sql']} -- changed` })
  await assert.rejects(open(folder), {
    message: /"001-links\.sql" has changed since it was applied/,
    hint: /new migration/,
  })
  rmSync(join(folder, 'migrations', '001-links.sql'))
  await assert.rejects(open(folder), { message: /the folder of migrations has no file/ })
  write(folder, { '002-other.sql': 'SELECT 1;' })
  await assert.rejects(open(folder), { message: /"001-links\.sql" was applied, but the folder no longer has it/ })
  write(folder, { ...links, '002-other.sql': 'COMMIT;' })
  await assert.rejects(open(folder), { code: 'EK_BINDING_MIGRATION', message: /"002-other\.sql" ends the transaction/ })
})

test('a transaction is all or nothing, and refuses to wait', async (t) => {
  const folder = project(t, links)
  await using bindings = await open(folder)
  const { DB } = bindings.env
  const insert = DB.prepare('INSERT INTO links VALUES (?, ?)')
  const count = (): unknown => DB.prepare('SELECT count(*) AS n FROM links').get()?.['n']
  assert.equal(
    transaction(DB, () => insert.run('a', 'x').changes),
    1,
  )
  assert.throws(
    () =>
      transaction(DB, () => {
        insert.run('b', 'y')
        insert.run('a', 'twice')
      }),
    /UNIQUE/,
  )
  assert.throws(
    () =>
      transaction(DB, async () => {
        insert.run('c', 'z')
      }),
    { code: 'EK_BINDING_VALUE', message: /must be synchronous/ },
  )
  assert.equal(count(), 1)
})

test('postgres: a pool answers, has its bounds, and ends with the app', { skip }, async () => {
  const config = { PG: { type: 'postgres', url: postgresUrl, max: 2, statementTimeoutMs: 100 } } as const
  const bindings = await openBindings({ config, app: 'test', dataDir: tmpdir() })
  const { PG } = bindings.env as { PG: Pool }
  try {
    const sums = await Promise.all([1, 2, 3, 4].map((n) => PG.query<{ sum: number }>('SELECT $1::int + 1 AS sum', [n])))
    assert.deepEqual(
      sums.map(({ rows }) => rows[0]?.sum),
      [2, 3, 4, 5],
    )
    assert.ok(PG.totalCount <= 2)
    await assert.rejects(PG.query('SELECT pg_sleep(10)'), { code: '57014' })
  } finally {
    await bindings[Symbol.asyncDispose]()
  }
  assert.equal(PG.ended, true)
  await assert.rejects(PG.query('SELECT 1'))
})

test('postgres: an address where nothing answers is refused by name, without its password', async () => {
  const config = { PG: { type: 'postgres', url: 'postgres://app:geheim@127.0.0.1:9/app' } } as const
  await assert.rejects(openBindings({ config, app: 'test', dataDir: tmpdir() }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'EK_BINDING_OPEN')
    assert.match(error.message, /binding "PG" is not available: PostgreSQL cannot be reached: ECONNREFUSED/)
    assert.doesNotMatch(error.message, /geheim/)
    return true
  })
})

test('when one binding cannot open, those that did are closed', async (t) => {
  const folder = project(t, links)
  const config = {
    DB: { type: 'sqlite' },
    KV: { type: 'kv' },
    PG: { type: 'postgres', url: 'postgres://127.0.0.1:9/app' },
  } as const
  await assert.rejects(openBindings({ config, app: 'test', dataDir: folder }), { code: 'EK_BINDING_OPEN' })
  // The last connection to close takes the write-ahead log with it.
  const { readdirSync } = await import('node:fs')
  assert.deepEqual(readdirSync(folder).toSorted(), ['DB.sqlite', 'migrations', 'shared.sqlite'])
})
