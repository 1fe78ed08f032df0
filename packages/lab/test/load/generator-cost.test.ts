import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { parseScript, requestPlan, runLoad } from '../../src/index.ts'
import { startNullServer } from '../../src/load/null-server.ts'
import type { LabResult } from '../../src/result.ts'

/** The limits hold on a quiet machine (`benchmarks/lab`); a busy one is given this many times as much. */
const generous = 4

async function users(url: string, perSecond: number, requests: number): Promise<LabResult> {
  const script = await parseScript({
    config: { target: url, phases: [{ duration: 1, arrivalRate: perSecond }] },
    scenarios: [{ flow: [{ loop: [{ get: { url: '/' } }], count: requests }] }],
  })
  return runLoad({ plan: { kind: 'script', script } })
}

function cpuUs(result: LabResult, units: number): number {
  return (result.generator.cpuMs * 1000) / units
}

suite('CPU time of the generator', () => {
  test('120 µs for a request on a kept connection, 350 µs for a user of one request, 45 µs for a quick request', async () => {
    await using server = await startNullServer()
    // The first of each compiles the code.
    await users(server.url, 50, 20)
    const kept = await users(server.url, 50, 40)
    await users(server.url, 300, 1)
    const single = await users(server.url, 400, 1)
    const quick = await runLoad({
      plan: requestPlan({ url: server.url, connections: 20, warmUpMs: 300, durationMs: 1000 }),
    })
    assert.equal(kept.requests.responses, 2000)
    assert.equal(single.users.completed, 400)
    assert.ok(cpuUs(kept, 2000) < 120 * generous, `kept ${cpuUs(kept, 2000)}`)
    assert.ok(cpuUs(single, 400) < 350 * generous, `single ${cpuUs(single, 400)}`)
    assert.ok(cpuUs(quick, quick.requests.responses) < 45 * generous, `quick ${cpuUs(quick, quick.requests.responses)}`)
  })
})
