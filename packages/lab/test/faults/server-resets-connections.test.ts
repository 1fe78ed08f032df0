import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from '../support/run-flow.ts'
import { startTcpServer } from '../support/test-server.ts'

test('a server that resets connections: ECONNRESET, once for each user', async () => {
  await using server = await startTcpServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
  const result = await runFlow(server.url, [{ get: { url: '/' } }], { users: 4 })
  assert.deepEqual(
    result.errors.map(({ code, count }) => [code, count]),
    [['ECONNRESET', 4]],
  )
  assert.equal(result.users.failed, 4)
})
