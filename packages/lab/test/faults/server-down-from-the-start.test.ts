import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runFlow } from '../support/run-flow.ts'
import { freePort } from '../support/test-server.ts'

test('a server that is down: each user fails with ECONNREFUSED, the run ends by itself', async () => {
  const result = await runFlow(`http://127.0.0.1:${await freePort()}`, [{ get: { url: '/' } }, { get: { url: '/' } }], {
    users: 5,
  })
  assert.equal(result.status, 'complete')
  assert.equal(result.users.failed, 5)
  assert.equal(result.requests.responses, 0)
  assert.deepEqual(
    result.errors.map(({ code, count }) => [code, count]),
    [['ECONNREFUSED', 5]],
  )
  assert.equal(result.latency.latency.count, 0)
})
