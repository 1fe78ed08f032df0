/** Another process holds the write lock of the database: answers go on, and the history catches up. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer, until } from '../support/test-server.ts'

test('a locked database loses no result and, once free, no history', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-locked-'))
  try {
    await using server = await startTestServer({ dataDir })
    const { token } = await server.token({ limits: { quota: { period: 'month', runs: 1_000_000 } } })
    const lock = new DatabaseSync(join(dataDir, 'evenkeel.db'))
    lock.exec('BEGIN IMMEDIATE')
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => server.ask('POST', '/v1/run', { token, body: { code: 'return 1' } })),
    )
    assert.deepEqual(new Set(answers.map(({ body }) => body.result)), new Set([1]))
    const ready = await until(
      () => server.admin('GET', '/ready'),
      ({ body }) => body.history.failing === true,
    )
    assert.deepEqual([ready.status, ready.body.history.waiting, ready.body.storage.status], [200, 20, 'failing'])
    const refused = await server.ask('PUT', '/v1/functions/f', { body: { code: 'return 1' } })
    assert.deepEqual([refused.status, refused.body.error.code], [503, 'EK_STORAGE_UNAVAILABLE'])
    lock.exec('ROLLBACK')
    lock.close()
    const healed = await until(
      () => server.admin('GET', '/ready'),
      ({ body }) => body.history.waiting === 0,
    )
    assert.deepEqual([healed.body.history.lost, healed.body.history.failing], [0, false])
    assert.equal((await server.ask('GET', '/v1/executions', { token })).body.items.length, 20)
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
