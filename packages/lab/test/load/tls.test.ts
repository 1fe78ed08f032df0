import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import type { LabResult } from '../../src/result.ts'
import { requestPlan, runLoad } from '../../src/index.ts'
import { runFlow, type FlowOptions } from '../support/run-flow.ts'
import { selfSigned } from '../support/self-signed.ts'

async function withServer<T>(body: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(selfSigned, (_request, response) => response.end('ok'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await body(`https://localhost:${(server.address() as AddressInfo).port}`)
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

function run(options: FlowOptions): Promise<LabResult> {
  return withServer((url) => runFlow(url, [{ get: { url: '/' } }], options))
}

suite('TLS', () => {
  test('a certificate that nobody signed is refused, accepted on request, or trusted by name', async () => {
    const strict = await run({})
    assert.deepEqual(
      strict.errors.map(({ code }) => code),
      ['DEPTH_ZERO_SELF_SIGNED_CERT'],
    )
    assert.equal((await run({ config: { tls: { rejectUnauthorized: false } } })).users.completed, 1)
    assert.equal((await run({ load: { insecure: true } })).users.completed, 1)
    assert.equal((await run({ config: { tls: { ca: selfSigned.cert } } })).users.completed, 1)
  })

  test('the handshake is kept apart from connecting', async () => {
    const { latency } = await run({ config: { tls: { rejectUnauthorized: false } } })
    assert.equal(latency.tls.count, 1)
    assert.equal(latency.connect.count, 1)
    assert.ok(latency.tls.max > 0)
  })

  test('quick runs verify too', async () => {
    await withServer(async (url) => {
      const strict = await runLoad({ plan: requestPlan({ url, connections: 1, requestCount: 1 }) })
      assert.equal(strict.requests.responses, 0)
      const lax = await runLoad({ plan: requestPlan({ url, connections: 1, requestCount: 5, verifyTls: false }) })
      assert.equal(lax.requests.responses, 5)
    })
  })
})
