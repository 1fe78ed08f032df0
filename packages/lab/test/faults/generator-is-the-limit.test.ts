import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitCodeOf } from '../../src/cli/run-outcome.ts'
import { exitCodes } from '../../src/cli/exit-codes.ts'
import { summaryText } from '../../src/cli/terminal/summary-text.ts'
import { LiveView } from '../../src/cli/terminal/live-view.ts'
import { parseScript, runLoad, systemClock } from '../../src/index.ts'
import { SimulatedNetwork } from '../support/simulated-network.ts'

test('a plan of five times what the generator can send: said while it runs, marked in the result, nothing judged', async () => {
  // Each request burns 5 ms of this thread, so 200/s is the ceiling whatever the machine.
  const transport = new SimulatedNetwork(
    systemClock,
    () => {
      const until = performance.now() + 5
      while (performance.now() < until);
      return {}
    },
    { keep: false },
  )
  const script = await parseScript({
    config: {
      target: 'http://simulated.test',
      phases: [{ duration: 2, arrivalRate: 1000 }],
      ensure: { thresholds: [{ 'http.response_time.p99': 1 }] },
    },
    scenarios: [{ flow: [{ get: { url: '/' } }] }],
  })
  let printed = ''
  const stream = { write: (text: string) => void (printed += text) }
  let saidAtMs: number | undefined
  const { signal } = new AbortController()
  const view = new LiveView({ cwd: '.', env: {}, stdout: stream, stderr: stream, signal, setExitCode: () => {} })
  const result = await runLoad({
    plan: { kind: 'script', script },
    transport,
    onProgress: (progress) => {
      view.update(progress)
      if (printed.includes('The generator is the limit')) saidAtMs ??= progress.elapsedMs
    },
  })
  assert.match(printed, /The generator is the limit/)
  assert.ok((saidAtMs ?? Infinity) <= 5000, `said after ${saidAtMs} ms`)
  // Intended and achieved side by side, above every figure.
  const summary = summaryText(result, (_format, text) => text)
  assert.match(summary, /^Generator {2}LIMITED: .*, [\d,]+ of 2,000 starts as planned$/m)
  assert.match(summary, /not-evaluated {2}http\.response_time\.p99 < 1/)
  assert.equal(result.generator.verdict, 'limited')
  assert.equal(result.generator.intendedArrivals, 2000)
  assert.ok(result.generator.arrivals < 1200, String(result.generator.arrivals))
  assert.ok(result.meta.durationMs < 10_000, String(result.meta.durationMs))
  assert.deepEqual(
    result.checks.map(({ status }) => status),
    ['not-evaluated'],
  )
  assert.equal(exitCodeOf(result, signal), exitCodes.generatorLimited)
})
