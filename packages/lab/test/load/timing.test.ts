import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import type { EncodedHistogram, LabResult } from '../../src/result.ts'
import { median } from '../../src/stats.ts'
import { LatencyHistogram } from '../../src/result.ts'
import { runLoad, requestPlan } from '../../src/index.ts'
import { runFlow } from '../support/run-flow.ts'
import { startServer } from '../support/test-server.ts'

function ms(encoded: EncodedHistogram, percent: number): number {
  return LatencyHistogram.decode(encoded).percentile(percent) / 1000
}

suite('honest timing', () => {
  test('ten users on one connection: the headline counts the queue, first byte does not', async () => {
    const delayMs = 500
    const servedMs: number[] = []
    await using server = await startServer((_request, response) => {
      const startMs = performance.now()
      setTimeout(() => {
        servedMs.push(performance.now() - startMs)
        response.end('x')
      }, delayMs)
    })
    const result = await runFlow(server.url, [{ get: { url: '/' } }], { users: 10, config: { http: { pool: 1 } } })
    // The last of ten waits for nine others; a timer may fire a millisecond early.
    assert.ok(ms(result.latency.latency, 100) >= 4500, `max ${ms(result.latency.latency, 100)}`)
    const byServerMs = median(servedMs)
    const firstByteMs = ms(result.latency.firstByte, 50)
    assert.ok(firstByteMs >= delayMs - 2, `first byte ${firstByteMs}`)
    assert.ok(firstByteMs <= byServerMs * 1.2, `first byte ${firstByteMs}, the server took ${byServerMs}`)
    assert.ok(ms(result.latency.wait, 100) >= 4000)
  })

  test('a server that freezes once: the tail shows all who should have been served meanwhile', async () => {
    const freezeMs = 700
    let served = 0
    await using server = await startServer((_request, response) => {
      if (++served === 60) {
        const until = performance.now() + freezeMs
        while (performance.now() < until);
      }
      response.end('x')
    })
    const result = await runInOwnProcess(server.url)
    const corrected = ms(result.latency.latency, 95)
    const service = ms(result.latency.service, 95)
    assert.ok(corrected >= freezeMs / 3, `corrected p95 ${corrected}`)
    assert.ok(service < corrected / 2, `service p95 ${service}, corrected ${corrected}`)
  })

  test('after a pause a request is never faster than its service time, although timers fire early', async () => {
    await using server = await startServer((_request, response) => response.end('x'))
    const flow = [{ loop: [{ think: '10.9ms' }, { get: { url: '/' } }], count: 40 }]
    const { latency, requests } = await runFlow(server.url, flow)
    assert.equal(requests.responses, 40)
    assert.ok(latency.latency.sum >= latency.service.sum, `${latency.latency.sum} < ${latency.service.sum}`)
    assert.ok(latency.latency.min >= latency.service.min)
  })

  test('connect, first byte and body are kept apart', async () => {
    await using server = await startServer((_request, response) => {
      response.write('a')
      setTimeout(() => response.end('b'), 50)
    })
    const result = await runFlow(server.url, [{ get: { url: '/' } }, { get: { url: '/' } }])
    assert.equal(result.latency.connect.count, 1)
    assert.equal(result.latency.tls.count, 0)
    assert.ok(ms(result.latency.body, 50) >= 45, `body ${ms(result.latency.body, 50)}`)
    assert.ok(ms(result.latency.service, 50) >= ms(result.latency.body, 50))
  })

  test('a closed run counts what it sent, by number of requests and by time', async () => {
    await using server = await startServer((_request, response) => response.end('ok'))
    const counted = await runLoad({ plan: requestPlan({ url: server.url, connections: 3, requestCount: 100 }) })
    assert.equal(counted.requests.responses, 100)
    assert.equal(counted.plan.model, 'closed')
    const timed = await runLoad({
      plan: requestPlan({ url: server.url, connections: 2, durationMs: 200, warmUpMs: 50 }),
    })
    assert.ok(timed.requests.responses > 0)
    assert.equal(timed.requests.sent, timed.requests.responses)
    assert.equal(
      timed.series.bins.reduce((sum, bin) => sum + bin.responses, 0),
      timed.requests.responses,
    )
  })

  test('a paced run sends by its timetable', async () => {
    await using server = await startServer((_request, response) => response.end('ok'))
    const result = await runLoad({
      plan: requestPlan({ url: server.url, connections: 4, durationMs: 500, requestRate: 100 }),
    })
    assert.ok(Math.abs(result.requests.sent - 50) <= 2, String(result.requests.sent))
    assert.equal(result.plan.model, 'open')
  })
})

/** The frozen server blocks this thread: the load has to come from another one. */
async function runInOwnProcess(url: string): Promise<LabResult> {
  const { runInWorkers } = await import('../../src/load/run-in-workers.ts')
  const { writeFile } = await import('node:fs/promises')
  const { join } = await import('node:path')
  const { loadScript } = await import('../../src/index.ts')
  const { inTemporaryFolder } = await import('../support/temporary-folder.ts')
  return inTemporaryFolder(async (folder) => {
    const file = join(folder, 'freeze.yml')
    await writeFile(
      file,
      `config:\n  target: ${url}\n  http: { pool: 2 }\n  phases: [{ duration: 2, arrivalRate: 100 }]\nscenarios:\n  - flow: [{ get: { url: / } }]\n`,
    )
    return runInWorkers({ plan: { kind: 'script', script: await loadScript(file) } }, 2)
  })
}
