import { test } from 'node:test'
import assert from 'node:assert/strict'
import { isLabError } from '../../src/index.ts'
import { mergeResults } from '../../src/merge/merge-results.ts'
import { LatencyHistogram, validateResult, type LabResult } from '../../src/result.ts'
import { sampleResult } from '../support/sample-result.ts'

const one = sampleResult({ seed: 1, seconds: 30, shareIndex: 0, shareCount: 2 })
const two = sampleResult({ seed: 2, seconds: 30, shareIndex: 1, shareCount: 2, slowness: 5 })

test('percentiles of a merged result are exactly those of all samples together', () => {
  const merged = mergeResults([one.result, two.result])
  const all = new LatencyHistogram()
  for (const us of [...one.latenciesUs, ...two.latenciesUs]) all.record(us)
  const actual = LatencyHistogram.decode(merged.latency.latency)
  for (const percent of [0, 1, 50, 90, 95, 99, 99.9, 100])
    assert.equal(actual.percentile(percent), all.percentile(percent), `p${percent}`)
  assert.deepEqual([...actual.buckets()], [...all.buckets()])
  assert.deepEqual([actual.count, actual.sum, actual.min, actual.max], [all.count, all.sum, all.min, all.max])
})

test('counters, codes, users, errors and endpoints add up', () => {
  const merged = validateResult(JSON.parse(JSON.stringify(mergeResults([one.result, two.result]))))
  assert.equal(merged.requests.sent, 3000)
  assert.equal(merged.users.created, 3000)
  assert.equal(merged.counters['http.requests'], 3000)
  assert.deepEqual(merged.codes, { '200': 2934, '404': 60 })
  assert.equal(merged.errors[0]?.count, 6)
  assert.deepEqual(
    merged.endpoints.map((endpoint) => endpoint.requests),
    [1020, 1020, 960],
  )
  assert.equal(merged.phases.length, 2)
  assert.equal(merged.phases[1]?.arrivals, 2000)
  assert.equal(merged.plan.intendedArrivals, 3000)
  assert.equal(merged.meta.generators.length, 2)
  assert.equal(merged.custom['checkout.time']?.count, 3000)
})

test('slices of time are laid over each other; the series and the totals agree', () => {
  const merged = mergeResults([one.result, two.result])
  assert.equal(merged.series.bins.length, 30)
  assert.equal(merged.series.bins[0]?.requests, 100)
  const counted = merged.series.bins.reduce((sum, bin) => sum + bin.latency.count, 0)
  assert.equal(counted, merged.latency.latency.count)
})

test('the order of merging and merging in steps change nothing but order', () => {
  const three = sampleResult({ seed: 3, seconds: 20 })
  const atOnce = mergeResults([one.result, two.result, three.result])
  const reversed = mergeResults([three.result, two.result, one.result])
  const inSteps = mergeResults([mergeResults([one.result, two.result]), three.result])
  assert.equal(atOnce.id, reversed.id)
  assert.deepEqual(atOnce.latency, reversed.latency)
  assert.deepEqual(atOnce.latency, inSteps.latency)
  assert.deepEqual(atOnce.requests, inSteps.requests)
  assert.deepEqual(atOnce.series, inSteps.series)
})

test('runs that started apart are shifted, and the reader is told', () => {
  const late = shifted(two.result, 5000)
  const merged = mergeResults([one.result, late])
  assert.equal(merged.meta.durationMs, 35_000)
  assert.equal(merged.series.bins.length, 35)
  assert.equal(merged.series.bins[0]?.requests, 50)
  assert.equal(merged.series.bins[5]?.requests, 100)
  assert.equal(merged.errors[0]?.firstMs, 9000)
  assert.equal(merged.errors[0]?.lastMs, 34_000)
  assert.match(merged.warnings.join('\n'), /did not start together: the last one 5 s/)
})

test('some milliseconds between two starts do not push slices apart', () => {
  const merged = mergeResults([one.result, shifted(two.result, 40)])
  assert.equal(merged.series.bins.length, 30)
  assert.equal(merged.series.bins[29]?.requests, 100)
})

test('slices of different width are joined into the wider', () => {
  const wide: LabResult = {
    ...two.result,
    series: {
      binMs: 2000,
      bins: two.result.series.bins.filter((_, index) => index % 2 === 0).map((bin) => ({ ...bin, requests: 100 })),
    },
  }
  const merged = mergeResults([one.result, wide])
  assert.equal(merged.series.binMs, 2000)
  assert.deepEqual([...new Set(merged.series.bins.map((bin) => bin.requests))], [200])
})

test('one partial or limited generator makes the whole partial and limited', () => {
  const merged = mergeResults([
    one.result,
    {
      ...two.result,
      status: 'partial',
      partialReason: 'SIGINT',
      generator: { ...two.result.generator, verdict: 'limited' },
    },
  ])
  assert.equal(merged.status, 'partial')
  assert.equal(merged.partialReason, '1 of 2 generators: SIGINT')
  assert.equal(merged.generator.verdict, 'limited')
  assert.match(merged.generator.reasons[0]?.message ?? '', /^bench-1: send lag/)
})

test('expectations add up; a threshold that the shares judge differently is not evaluated', () => {
  const other = two.result.checks.map((check) =>
    check.name === 'http.response_time.p95' ? { ...check, status: 'failed' as const, actual: '300' } : check,
  )
  const merged = mergeResults([one.result, { ...two.result, checks: other }])
  const check = (name: string) => merged.checks.find((each) => each.name === name)
  assert.equal(check('http.response_time.p95')?.status, 'not-evaluated')
  assert.equal(check('http.response_time.p95')?.actual, '12; 300')
  assert.equal(check('http.response_time.p99')?.status, 'failed')
  assert.deepEqual([check('statusCode')?.passed, check('statusCode')?.failed], [20, 4])
})

test('different targets and versions are merged with a warning', () => {
  const other = { ...two.result, plan: { ...two.result.plan, target: 'http://other' } }
  assert.match(mergeResults([one.result, other]).warnings.join('\n'), /different targets/)
})

test('no result, or one twice, is refused', () => {
  const refuses = (results: readonly LabResult[]) =>
    assert.throws(
      () => mergeResults(results),
      (error) => isLabError(error) && error.code === 'EK_LAB_MERGE',
    )
  refuses([])
  refuses([one.result, one.result])
})

function shifted(result: LabResult, byMs: number): LabResult {
  return { ...result, meta: { ...result.meta, startedAtEpochMs: result.meta.startedAtEpochMs + byMs } }
}
