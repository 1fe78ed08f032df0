import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSqliteStorage } from '../../src/storage/sqlite/sqlite-storage.ts'
import { storageSuite } from './storage-suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-storage-'))
after(() => rmSync(folder, { recursive: true, force: true }))
let count = 0
const newFolder = (): string => join(folder, String((count += 1)))

storageSuite('memory', () => openSqliteStorage())
storageSuite('file', () => openSqliteStorage({ dataDir: newFolder() }))

test('what was kept is there after a restart', async () => {
  const dataDir = newFolder()
  {
    await using storage = await openSqliteStorage({ dataDir })
    await storage.usage.charge([{ tokenId: 't', period: 'p', runs: 3, cpuMs: 0 }])
  }
  await using storage = await openSqliteStorage({ dataDir })
  assert.equal((await storage.usage.quota('t', 'p')).runs, 3)
  assert.equal(statSync(dataDir).mode & 0o777, 0o700)
})

test('two openers of one file share it, and a quota between them is exact', async () => {
  const dataDir = newFolder()
  await using first = await openSqliteStorage({ dataDir })
  await using second = await openSqliteStorage({ dataDir })
  const takes = Array.from({ length: 100 }, (_, index) =>
    (index % 2 === 0 ? first : second).usage.take({ tokenId: 't', period: 'p', wanted: 3, limit: 101 }),
  )
  const granted = await Promise.all(takes)
  assert.equal(
    granted.reduce((sum, taken) => sum + taken, 0),
    101,
  )
})

test('a full store says so, keeps what it has, and goes on when there is room', async () => {
  await using storage = await openSqliteStorage({ dataDir: newFolder(), maxBytes: 400_000 })
  const big = (index: number): Promise<boolean> =>
    storage.tokens.addEvents([{ tokenId: 't', atMs: index, action: 'a', detail: 'x'.repeat(50_000) }]).then(
      () => true,
      (error: { code: string }) => (assert.equal(error.code, 'EK_STORAGE_UNAVAILABLE'), false),
    )
  let kept = 0
  while (await big(kept)) kept += 1
  assert.ok(kept > 0)
  assert.equal(storage.health().status, 'failing')
  assert.equal((await storage.tokens.events('t', 100)).length, kept)
})

test('a folder that is none, a file that is no database, and a newer schema are refused by name', async () => {
  const notFolder = newFolder()
  writeFileSync(notFolder, '')
  await assert.rejects(() => openSqliteStorage({ dataDir: notFolder }), { code: 'EK_STORAGE_OPEN' })
  const noDatabase = newFolder()
  mkdirSync(noDatabase)
  writeFileSync(join(noDatabase, 'evenkeel.db'), 'x'.repeat(5_000))
  await assert.rejects(() => openSqliteStorage({ dataDir: noDatabase }), /cannot be opened.*not a database/)
})

test('a closed store refuses calls instead of never answering', async () => {
  const storage = await openSqliteStorage()
  await storage.close()
  await storage.close()
  await assert.rejects(() => storage.tokens.list(), { code: 'EK_STORAGE_UNAVAILABLE' })
})
