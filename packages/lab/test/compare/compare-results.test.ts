import { test } from 'node:test'
import assert from 'node:assert/strict'
import { compareResults, type StoredSide } from '../../src/compare/compare-results.ts'
import type { LabResult } from '../../src/result.ts'
import { sampleResult, type SampleOptions } from '../support/sample-result.ts'

function side(label: string, runs: readonly LabResult[]): StoredSide {
  return { label, source: `${label}.json`, runs }
}

function run(options: SampleOptions): LabResult {
  const { result } = sampleResult({ seconds: 120, ratePerSecond: 100, ...options })
  return { ...result, generator: { ...result.generator, verdict: 'ok' } }
}

const shared = { name: 'days', marginShare: 0.02, confidence: 0.95 }

test('one run a side: twice the latency is slower, a tenth is not told from the difference between two days', () => {
  const twice = compareResults({
    ...shared,
    a: side('a', [run({ seed: 1 })]),
    b: side('b', [run({ seed: 2, slowness: 2 })]),
  })
  assert.equal(twice.verdict.status, 'slower')
  const tenth = compareResults({
    ...shared,
    a: side('a', [run({ seed: 1 })]),
    b: side('b', [run({ seed: 2, slowness: 1.1 })]),
  })
  assert.equal(tenth.verdict.status, 'inconclusive')
  assert.match(tenth.caveats.join('\n'), /allowance of 10 %/)
})

test('several runs a side are the observations: a tenth is found when runs agree', () => {
  const runs = (slowness: number, first: number) =>
    Array.from({ length: 6 }, (_, index) => run({ seed: first + index, slowness: slowness * (1 + 0.005 * index) }))
  const comparison = compareResults({ ...shared, a: side('a', runs(1, 10)), b: side('b', runs(1.1, 20)) })
  assert.equal(comparison.verdict.status, 'slower')
  assert.equal(comparison.metrics[0]?.estimate.replicates, 6)
  assert.doesNotMatch(comparison.caveats.join('\n'), /allowance/)
})

test('what differs between the runs is said', () => {
  const other = run({ seed: 3 })
  const comparison = compareResults({
    ...shared,
    a: side('a', [run({ seed: 1 })]),
    b: side('b', [
      {
        ...other,
        status: 'partial',
        meta: {
          ...other.meta,
          machine: { ...other.meta.machine, hostname: 'elsewhere' },
          versions: { node: '24.0.0' },
        },
        plan: { ...other.plan, intendedArrivals: 5 },
        generator: { ...other.generator, verdict: 'degraded' },
      },
    ]),
  })
  const caveats = comparison.caveats.join('\n')
  for (const pattern of [
    /measured apart/,
    /different machines: .*elsewhere/,
    /different Node versions/,
    /planned arrivals/,
    /is partial/,
    /was degraded/,
  ])
    assert.match(caveats, pattern)
})

test('runs whose generator was the limit, or that failed differently, are not judged', () => {
  const limited = run({ seed: 1 })
  const comparison = compareResults({
    ...shared,
    a: side('a', [{ ...limited, generator: { ...limited.generator, verdict: 'limited' } }]),
    b: side('b', [run({ seed: 2, slowness: 3 })]),
  })
  assert.equal(comparison.verdict.status, 'inconclusive')
  const failing = run({ seed: 2, slowness: 3 })
  const failed = compareResults({
    ...shared,
    a: side('a', [limited]),
    b: side('b', [{ ...failing, codes: { '200': 6000, '500': 6000 } }]),
  })
  assert.match(failed.verdict.reasons.join(), /fail differently|most requests failed/)
})
