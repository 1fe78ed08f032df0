import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import type { EncodedHistogram } from '../../src/result.ts'
import { LatencyHistogram } from '../../src/result.ts'
import { summaryText } from '../../src/cli/terminal/summary-text.ts'
import { parseScript, runLoad } from '../../src/index.ts'
import { startServer } from '../support/test-server.ts'

const freezeMs = 3000
const plannedRequests = 3000

test('a server that freezes for 3 s, reached by few connections: the headline has the tail, the service time does not', async () => {
  let served = 0
  let thaw: Promise<void> | undefined
  await using server = await startServer((_request, response) => {
    if (++served === 200) thaw = delay(freezeMs)
    if (thaw === undefined) response.end('x')
    else void thaw.then(() => response.end('x'))
  })
  const script = await parseScript({
    config: { target: server.url, http: { pool: 4 }, phases: [{ duration: 30, arrivalRate: 100 }] },
    scenarios: [{ flow: [{ get: { url: '/' } }] }],
  })
  const result = await runLoad({ plan: { kind: 'script', script } })
  assert.deepEqual(result.codes, { 200: plannedRequests })
  const p99Ms = (encoded: EncodedHistogram): number => LatencyHistogram.decode(encoded).percentile(99) / 1000
  // 300 of 3,000 users should have been served while the server was frozen; only four requests met the frozen server itself.
  assert.ok(p99Ms(result.latency.latency) >= 2000, `latency p99 ${p99Ms(result.latency.latency)} ms`)
  assert.ok(p99Ms(result.latency.service) < freezeMs / 2, `service p99 ${p99Ms(result.latency.service)} ms`)
  assert.ok(LatencyHistogram.decode(result.latency.service).max / 1000 >= freezeMs - 50)
  const printed = summaryText(result, (_format, text) => text)
  for (const row of [/^latency \(from intended start\) .*\d/m, /^service time \(from sending\) .*\d/m])
    assert.match(printed, row)
})
