import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseScript, runLoad } from '../../src/index.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { SimulatedNetwork } from '../support/simulated-network.ts'

suite('a run of twelve hours', () => {
  test('keeps every request and a bounded number of slices', async () => {
    const clock = new FakeClock()
    const transport = new SimulatedNetwork(clock, () => ({ delayMs: 20 }), { keep: false })
    const script = await parseScript({
      config: { target: 'http://simulated.test', phases: [{ duration: '12h', arrivalRate: 0.25 }] },
      scenarios: [{ flow: [{ get: { url: '/' } }] }],
    })
    const result = await clock.runUntil(runLoad({ plan: { kind: 'script', script }, clock, transport }))
    const { bins, binMs } = result.series
    assert.equal(result.requests.responses, 10_800)
    assert.ok(bins.length <= 3600, String(bins.length))
    assert.equal(binMs, 16_000)
    assert.ok(bins.every(({ startMs }, index) => startMs === index * binMs))
    assert.equal(
      bins.reduce((sum, bin) => sum + bin.latency.count, 0),
      10_800,
    )
    assert.equal(
      bins.reduce((sum, bin) => sum + bin.intended, 0),
      10_800,
    )
    assert.ok(result.generator.samples.length <= 1800)
    assert.ok(JSON.stringify(result).length < 5_000_000)
  })

  test('stays below 300 MB of memory and 50 MB of result, whatever it sends', () => {
    // The heap is kept from growing for convenience: what the run holds on to would end it.
    const flags = ['--conditions=@evenkeel/source', '--max-old-space-size=128', '--max-semi-space-size=2']
    const child = fileURLToPath(new URL('./long-run.child.ts', import.meta.url))
    const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, child], { encoding: 'utf8' })
    assert.equal(status, 0, stderr)
    const report = JSON.parse(stdout) as { responses: number; resultBytes: number; rssBytes: number }
    assert.equal(report.responses, 432_000)
    assert.ok(report.rssBytes < 300e6, `${report.rssBytes} bytes of memory`)
    assert.ok(report.resultBytes < 50e6, `${report.resultBytes} bytes of result`)
  })
})
