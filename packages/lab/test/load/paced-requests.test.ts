import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { requestPlan, runLoad } from '../../src/index.ts'
import { LatencyHistogram } from '../../src/result.ts'
import { startServer } from '../support/test-server.ts'

suite('requests by a timetable', () => {
  test('a server too slow for its connections is not blamed on the generator; the latency holds the wait', async () => {
    await using server = await startServer((_request, response) => void setTimeout(() => response.end('x'), 100))
    const result = await runLoad({
      plan: requestPlan({ url: server.url, connections: 2, requestRate: 100, durationMs: 1500 }),
    })
    const { generator, latency, plan } = result
    assert.equal(plan.intendedArrivals, 150)
    assert.ok(generator.arrivals < 60, String(generator.arrivals))
    const codes = generator.reasons.map(({ code }) => code)
    assert.ok(codes.includes('connections-busy') && !codes.includes('arrivals-missing'), codes.join())
    assert.match(generator.reasons.map(({ message }) => message).join(), /of 150 intended requests .* every connection/)
    // The last of them was due a second before a connection was free for it.
    assert.ok(LatencyHistogram.decode(latency.latency).max > 500_000)
  })

  test('answers that are still due at the end are waited for, up to the time limit of a request', async () => {
    await using server = await startServer((request, response) => {
      if (request.url === '/slow') setTimeout(() => response.end('x'), 400)
    })
    const plan = { connections: 2, durationMs: 50, timeoutMs: 3000 }
    const slow = await runLoad({ plan: requestPlan({ ...plan, url: `${server.url}/slow` }) })
    assert.deepEqual([slow.requests.sent, slow.requests.responses], [2, 2])
    const never = await runLoad({ plan: requestPlan({ ...plan, timeoutMs: 300, url: `${server.url}/never` }) })
    assert.deepEqual([never.requests.sent, never.requests.failed], [2, 2])
    assert.deepEqual(
      never.errors.map(({ code, count }) => [code, count]),
      [['ETIMEDOUT', 2]],
    )
  })

  test('a run that is stopped does not wait for them', async () => {
    const stop = new AbortController()
    await using server = await startServer(() => stop.abort('SIGINT'))
    const running = runLoad({
      plan: requestPlan({ url: server.url, connections: 1, durationMs: 60_000, timeoutMs: 60_000 }),
      signal: stop.signal,
    })
    if (!stop.signal.aborted) await once(stop.signal, 'abort')
    assert.equal((await running).status, 'partial')
  })
})
