/** A server that is full says so before it has read what is wanted. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test } from 'node:test'
import { startTestServer, until } from '../support/test-server.ts'

test('a run that there is no room for is refused before its body has come, and kept as refused', async () => {
  await using server = await startTestServer({ blocks: { hosts: 1, spares: 0, maxQueued: 1, maxQueueMs: 20_000 } })
  const busy = [server.run('for (;;);', { limits: { wallMs: 1_500 } }), server.run('return 2')]
  await until(
    () => server.admin('GET', '/metrics'),
    ({ text }) => /runtime_pool_queue_depth\{pool="blocks"\} 1/.test(text),
  )
  for (const path of ['/v1/run', '/v1/functions/report/invoke', '/flow/codeblock']) {
    const { status, retryAfter, body } = await withoutBody(`${server.server.url}${path}`)
    // Flow answers with 400 whatever becomes of a run.
    assert.deepEqual([status, retryAfter >= 1], [path.startsWith('/flow') ? 400 : 503, true], path)
    assert.ok(body.includes('EK_OVERLOAD_QUEUE_FULL'), body)
  }
  const kept = (await server.ask('GET', '/v1/executions?status=refused')).body.items as Record<string, unknown>[]
  assert.deepEqual(
    kept.map(({ kind, function: name, httpStatus }) => [kind, name, httpStatus]),
    [
      ['flow', undefined, 503],
      ['invoke', 'report', 503],
      ['run', undefined, 503],
    ],
  )
  const queued = await server.ask('POST', '/v1/functions/none/invoke?mode=async', { body: {} })
  assert.equal(queued.status, 404)
  assert.match(
    (await server.admin('GET', '/metrics')).text,
    /runtime_pool_shed_total\{pool="blocks",reason="queue_full"\} 3/,
  )
  const [late, waited] = await Promise.all(busy)
  assert.deepEqual([late?.body.error?.code, waited?.body.result], ['EK_BLOCK_TIMEOUT', 2])
})

/** The answer to a request that says it has a body of a megabyte, of which nothing is ever sent. */
function withoutBody(url: string): Promise<{ status: number | undefined; retryAfter: number; body: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': '1000000' }
    const sending = request(url, { method: 'POST', headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => (body += chunk))
      response.on('end', () => {
        resolve({ status: response.statusCode, retryAfter: Number(response.headers['retry-after']), body })
        sending.destroy()
      })
    })
    sending.on('error', reject)
    sending.flushHeaders()
  })
}
