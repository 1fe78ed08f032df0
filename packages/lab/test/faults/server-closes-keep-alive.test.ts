import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

test('a server that closes each connection after its answer: users open a new one, nobody fails', async () => {
  await using server = await startServer((_request, response) => {
    response.setHeader('connection', 'close')
    response.end('x')
  })
  const result = await runFlow(server.url, [{ loop: [{ get: { url: '/' } }], count: 4 }], { users: 3 })
  assert.deepEqual(result.errors, [])
  assert.equal(result.requests.responses, 12)
  assert.equal(result.requests.connections, 12)
})
