import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createRandom } from '../../src/stats/random.ts'
import { effectiveCount, median, summarize } from '../../src/stats/summary.ts'
import { judge } from '../../src/stats/verdict.ts'
import { welchEstimate } from '../../src/stats/welch.ts'

// Requests per second, mean and deviation of ten one-second samples, from "API server performance" (2017).
const withLogger = { mean: 398.72, deviation: 40.02, count: 10 }
const withoutLogger = { mean: 420.92, deviation: 36.0, count: 10 }
const newerDriver = { mean: 495.78, deviation: 45.06, count: 10 }
const moreIsBetter = { direction: 'higher-is-better' } as const

test('removing the logger is inconclusive, and the verdict names the missing blocks', () => {
  const estimate = welchEstimate(withLogger, withoutLogger)
  assert.ok(Math.abs(estimate.logRatio / estimate.standardError - 1.3) < 0.03)
  assert.ok(Math.abs(estimate.pValue - 0.21) < 0.01, String(estimate.pValue))
  const verdict = judge(estimate, moreIsBetter)
  assert.equal(verdict.status, 'inconclusive')
  const missing = verdict.wanted?.blocksForDifference ?? 0
  assert.ok(missing >= 30 && missing <= 50, `missing ${missing}`)
  assert.ok(verdict.minimumDetectableShare > 0.1, String(verdict.minimumDetectableShare))
})

test('the newer driver is faster', () => {
  const estimate = welchEstimate(withoutLogger, newerDriver)
  assert.ok(Math.abs(estimate.logRatio / estimate.standardError - 4.1) < 0.1)
  assert.ok(estimate.pValue < 0.001)
  assert.equal(judge(estimate, moreIsBetter).status, 'faster')
})

test('fewer than two values on a side allow no interval', () => {
  const estimate = welchEstimate({ mean: 10, deviation: 0, count: 1 }, { mean: 20, deviation: 1, count: 5 })
  assert.equal(estimate.high, Infinity)
  const verdict = judge(estimate, moreIsBetter)
  assert.equal(verdict.status, 'inconclusive')
  assert.ok((verdict.wanted?.blocksForDifference ?? 0) > 0)
})

test('samples without any spread give an interval without width', () => {
  const same = { mean: 10, deviation: 0, count: 4 }
  assert.equal(judge(welchEstimate(same, same), moreIsBetter).status, 'equivalent')
  assert.equal(judge(welchEstimate(same, { ...same, mean: 12 }), moreIsBetter).status, 'faster')
})

test('the interval covers the true ratio in at least 93 % of simulations with unequal sides', () => {
  const random = createRandom(17)
  let covered = 0
  for (let round = 0; round < 1500; round++) {
    const a = summarize(Array.from({ length: 8 }, () => 100 * (1 + 0.15 * random.normal())))
    const b = summarize(Array.from({ length: 20 }, () => 120 * (1 + 0.05 * random.normal())))
    const { low, high } = welchEstimate(a, b)
    if (low <= Math.log(1.2) && Math.log(1.2) <= high) covered++
  }
  assert.ok(covered >= 0.93 * 1500, `covered ${covered} of 1500`)
})

test('a series whose values follow each other counts for fewer', () => {
  const random = createRandom(23)
  let level = 0
  const following = Array.from({ length: 2000 }, () => (level = 0.8 * level + random.normal()))
  const independent = Array.from({ length: 2000 }, () => random.normal())
  assert.ok(Math.abs(effectiveCount(following) - 2000 / 9) < 60, String(effectiveCount(following)))
  assert.ok(effectiveCount(independent) > 1800)
  assert.equal(effectiveCount([5, 5, 5]), 3)
})

test('summaries', () => {
  assert.deepEqual(summarize([2, 4, 4, 4, 5, 5, 7, 9]), { mean: 5, deviation: Math.sqrt(32 / 7), count: 8 })
  assert.equal(median([3, 1, 2]), 2)
  assert.equal(median([4, 1, 2, 3]), 2.5)
  assert.ok(Number.isNaN(median([])))
})
