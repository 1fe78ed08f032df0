import { test } from 'node:test'
import assert from 'node:assert/strict'
import { holm } from '../../src/stats/holm.ts'
import { createRandom, type Random } from '../../src/stats/random.ts'
import { signedRankEstimate } from '../../src/stats/signed-rank.ts'
import { judge, type Verdict } from '../../src/stats/verdict.ts'

/** Log ratios of `blocks` blocks on a machine whose speed wanders, with a coefficient of variation of 20 % inside a block. */
function blocksOf(blocks: number, trueRatio: number, random: Random, variation = 0.2): number[] {
  let drift = 0
  return Array.from({ length: blocks }, () => {
    drift += 0.1 * random.normal()
    const a = Math.exp(drift + variation * random.normal())
    const b = trueRatio * Math.exp(drift + variation * random.normal())
    return Math.log(b / a)
  })
}

function compare(ratios: readonly number[], direction: 'higher-is-better' | 'lower-is-better'): Verdict {
  return judge(signedRankEstimate(ratios), { direction })
}

test('more requests per second is faster, more CPU time is slower', () => {
  const ratios = [0.1, 0.12, 0.09, 0.11, 0.1, 0.13, 0.08, 0.1, 0.12, 0.09]
  assert.equal(compare(ratios, 'higher-is-better').status, 'faster')
  assert.equal(compare(ratios, 'lower-is-better').status, 'slower')
})

test('a narrow interval around zero is equivalent, a wide one is inconclusive', () => {
  const narrow = [0.001, -0.002, 0.003, -0.001, 0.002, 0, 0.001, -0.003, 0.002, -0.001]
  assert.equal(compare(narrow, 'higher-is-better').status, 'equivalent')
  const wide = compare(
    narrow.map((each) => each * 100),
    'higher-is-better',
  )
  assert.equal(wide.status, 'inconclusive')
  assert.ok((wide.wanted?.blocksForEquivalence ?? 0) > 10)
  assert.ok(wide.minimumDetectableShare > 0.05)
})

test('a difference that the correction for several metrics does not support is inconclusive', () => {
  const estimate = signedRankEstimate([0.1, 0.12, 0.09, 0.11, 0.1, 0.13, 0.08, 0.1])
  assert.equal(judge(estimate, { direction: 'higher-is-better', adjustedPValue: 0.06 }).status, 'inconclusive')
  assert.equal(judge(estimate, { direction: 'higher-is-better', adjustedPValue: 0.04 }).status, 'faster')
})

test('too few blocks: the verdict asks for more and promises no smallest change', () => {
  const verdict = compare([0.5, 0.5, 0.5], 'higher-is-better')
  assert.equal(verdict.status, 'inconclusive')
  assert.equal(verdict.minimumDetectableShare, Infinity)
  assert.equal(verdict.wanted?.blocksForDifference, 7)
})

test('comparing a drifting server with itself is called a difference in at most 5.5 % of 2,000 simulations', () => {
  const random = createRandom(41)
  let alarms = 0
  for (let round = 0; round < 2000; round++) {
    const { status } = compare(blocksOf(20, 1, random), 'higher-is-better')
    if (status === 'faster' || status === 'slower') alarms++
  }
  assert.ok(alarms / 2000 <= 0.055, `${alarms} alarms`)
})

test('of 100 such comparisons at most 7 are flagged', () => {
  const random = createRandom(1)
  const alarms = Array.from({ length: 100 }, () => compare(blocksOf(20, 1, random), 'higher-is-better')).filter(
    ({ status }) => status === 'faster' || status === 'slower',
  )
  assert.ok(alarms.length <= 7, `${alarms.length} alarms`)
})

test('the smallest detectable change is found in about four of five comparisons', () => {
  const random = createRandom(43)
  const typical = Array.from({ length: 200 }, () => compare(blocksOf(20, 1, random), 'higher-is-better'))
    .map((verdict) => verdict.minimumDetectableShare)
    .toSorted((a, b) => a - b)
  const change = 1 + (typical[100] ?? 0)
  let found = 0
  for (let round = 0; round < 1000; round++)
    if (compare(blocksOf(20, change, random), 'higher-is-better').status === 'faster') found++
  assert.ok(found >= 700 && found <= 900, `found ${found} of 1000`)
})

test('the blocks asked for are enough in about four of five cases', () => {
  const random = createRandom(47)
  const first = compare(blocksOf(12, 1.06, random), 'higher-is-better')
  assert.equal(first.status, 'inconclusive')
  // The advice rests on the ratio seen; here it is asked of an estimate that saw the true one.
  const exact = { ...signedRankEstimate(blocksOf(400, 1.06, random)), logRatio: Math.log(1.06), replicates: 400 }
  const scale = exact.standardError * Math.sqrt(400)
  const asked = judge(
    { ...exact, low: -0.1, high: 0.2, replicates: 12, standardError: scale / Math.sqrt(12) },
    { direction: 'higher-is-better' },
  )
  const blocks = 12 + (asked.wanted?.blocksForDifference ?? 0)
  let found = 0
  for (let round = 0; round < 300; round++)
    if (compare(blocksOf(blocks, 1.06, random), 'higher-is-better').status === 'faster') found++
  assert.ok(found >= 205 && found <= 275, `found ${found} of 300 with ${blocks} blocks`)
})

test('Holm: the textbook example', () => {
  const adjusted = holm([0.01, 0.04, 0.03, 0.005]).map((each) => Math.round(each * 1000) / 1000)
  assert.deepEqual(adjusted, [0.03, 0.06, 0.06, 0.02])
  assert.deepEqual(holm([]), [])
  assert.deepEqual(holm([0.9, 0.8]), [1, 1])
})
