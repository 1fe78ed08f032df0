import assert from 'node:assert/strict'
import { Bench, endOf } from './bench.ts'
import type { Check } from './subject.ts'

/** Programs that do not behave: each ends with its own reason, and the next run is answered. */
export const limitChecks: readonly Check[] = [
  {
    topic: 'wall',
    title: 'an endless loop ends at the wall limit',
    async run(subject) {
      await using bench = await Bench.open(subject, { spares: 1 })
      const { outcome } = await bench.run('spin', { limits: { wallMs: 200, cpuMs: 200 } })
      assert.equal(endOf(outcome), 'ended:wall')
      assert.ok(outcome.status === 'ended' && outcome.usage.wallMs >= 190, JSON.stringify(outcome))
      await bench.stillAnswers()
    },
  },
  {
    topic: 'wall',
    title: 'a program that waits too long ends at the wall limit',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const { outcome } = await bench.run('wait', { input: 600_000, limits: { wallMs: 100, cpuMs: 100 } })
      assert.equal(endOf(outcome), 'ended:wall')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'cpu',
    title: 'an endless loop ends at the processor limit, long before the wall limit',
    async run(subject) {
      await using bench = await Bench.open(subject, { spares: 1 })
      const { outcome } = await bench.run('spin', { limits: { cpuMs: 100 } })
      assert.equal(endOf(outcome), 'ended:cpu')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'cpu',
    title: 'waiting costs no processor time',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const { outcome } = await bench.run('wait', { input: 300, limits: { cpuMs: 250 } })
      assert.equal(endOf(outcome), 'ok')
    },
  },
  {
    topic: 'memory',
    title: 'a program that takes too much memory ends with that reason',
    async run(subject) {
      await using bench = await Bench.open(subject, { spares: 1 })
      const { outcome } = await bench.run('grow', { limits: { memoryMb: 32 } })
      assert.equal(endOf(outcome), 'ended:memory')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'output',
    title: 'a result over its limit is not sent',
    async run(subject) {
      await using bench = await Bench.open(subject)
      // The quotes of the JSON count.
      const limits = { outputBytes: 5_000 }
      assert.equal(String(await bench.valueOf('fill', { input: 4_998, limits })).length, 4_998)
      const { outcome } = await bench.run('fill', { input: 4_999, limits })
      const refused = outcome.status === 'failed' && outcome.error.kind === 'result'
      assert.ok(refused || endOf(outcome) === 'ended:output', JSON.stringify(outcome))
      await bench.stillAnswers()
    },
  },
  {
    topic: 'cancel',
    title: 'a caller that goes away ends its run',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const controller = new AbortController()
      const waiting = bench.run('wait', { input: 600_000, signal: controller.signal })
      await bench.stillAnswers()
      controller.abort()
      assert.equal(endOf((await waiting).outcome), 'ended:cancelled')
      await bench.stillAnswers()
    },
  },
]
