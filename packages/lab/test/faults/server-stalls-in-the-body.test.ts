import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseScript } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

async function stalled(http: Record<string, unknown>): Promise<{ result: LabResult; tookMs: number }> {
  await using server = await startServer((_request, response) => {
    response.writeHead(200, { 'content-length': '100' })
    response.write('half')
  })
  const startMs = performance.now()
  const result = await runFlow(server.url, [{ get: { url: '/' } }], { config: { http } })
  return { result, tookMs: performance.now() - startMs }
}

suite('a server that stalls in the body', () => {
  test('is cut after the time limit of the whole response, and counted once', async () => {
    const { result, tookMs } = await stalled({ timeout: '300ms' })
    assert.deepEqual(
      result.errors.map(({ code, count }) => [code, count]),
      [['ETIMEDOUT', 1]],
    )
    assert.match(result.errors[0]?.message ?? '', /no complete response within 300 ms/)
    assert.ok(tookMs >= 295, String(tookMs))
    assert.equal(result.requests.failed, 1)
    assert.equal(result.requests.responses, 0)
  })

  test('is counted by its older name on request', async () => {
    const { result } = await stalled({ timeout: 0.1, timeoutCode: 'ESOCKETTIMEDOUT' })
    assert.equal(result.counters['errors.ESOCKETTIMEDOUT'], 1)
  })

  test('a server that is slow to its first byte can have a limit of its own', async () => {
    await using server = await startServer(() => {})
    const result = await runFlow(server.url, [{ get: { url: '/' } }], {
      config: { http: { firstByteTimeout: '100ms' } },
    })
    assert.match(result.errors[0]?.message ?? '', /no response within 100 ms/)
  })

  test('without a limit in the script it is 10 s', async () => {
    const script = await parseScript({ config: { target: 'http://x.test' }, scenarios: [{ flow: [] }] })
    assert.equal(script.http.timeoutMs, 10_000)
  })
})
