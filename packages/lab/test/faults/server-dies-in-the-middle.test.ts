import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

test('a server that dies in the middle: what it answered stays, the rest fails', async () => {
  let served = 0
  const server = await startServer((_request, response) => {
    response.end('x')
    if (++served === 10) setImmediate(() => void server[Symbol.asyncDispose]())
  })
  const result = await runFlow(server.url, [{ get: { url: '/' } }], {
    config: { phases: [{ duration: 1, arrivalRate: 30 }] },
  })
  assert.equal(result.users.created, 30)
  assert.ok(result.users.completed >= 9 && result.users.completed < 30, String(result.users.completed))
  assert.equal(result.users.completed + result.users.failed, 30)
  assert.ok(
    result.errors.every(({ code }) => ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(code)),
    JSON.stringify(result.errors),
  )
})
