/** The disk is full: answers go on, what cannot be kept is counted. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { startTestServer, until } from '../support/test-server.ts'

test('a full store loses no result, counts the lost history, and says so in /ready', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-full-'))
  try {
    const server = await startTestServer({ dataDir, maxStorageBytes: 300_000 })
    const code = 'console.log("x".repeat(100000)); return 1'
    for (let round = 0; round < 8; round += 1) assert.equal((await server.run(code)).body.result, 1)
    const { body, status } = await until(
      () => server.admin('GET', '/ready'),
      (answer) => answer.body.history.failing === true,
    )
    assert.deepEqual([status, body.status, body.storage.status], [200, 'ready', 'failing'])
    assert.ok(body.history.waiting > 0)
    assert.match(body.storage.message, /full/)
    // What can still be read does not make it look well.
    assert.equal((await server.ask('GET', '/v1/functions')).status, 200)
    assert.equal((await server.admin('GET', '/ready')).body.storage.status, 'failing')
    assert.equal((await server.run(code)).body.result, 1)
    await server[Symbol.asyncDispose]()
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
})
