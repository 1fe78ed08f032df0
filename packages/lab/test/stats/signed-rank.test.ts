import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createRandom, type Random } from '../../src/stats/random.ts'
import { signedRankEstimate } from '../../src/stats/signed-rank.ts'

test('the classic depression-scale data give the published estimate, interval and p-value', () => {
  // Hollander, Wolfe & Chicken, example 3.1 (nine pairs): R's wilcox.test(conf.int = TRUE) says -0.46, [-0.786, -0.010], 0.03906.
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3]
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29]
  const estimate = signedRankEstimate(before.map((value, index) => (after[index] ?? 0) - value))
  assert.ok(Math.abs(estimate.logRatio + 0.46) < 1e-9, String(estimate.logRatio))
  assert.ok(Math.abs(estimate.low + 0.786) < 1e-9, String(estimate.low))
  assert.ok(Math.abs(estimate.high + 0.01) < 1e-9, String(estimate.high))
  assert.ok(Math.abs(estimate.pValue - 0.0390625) < 1e-9, String(estimate.pValue))
})

test('five blocks allow no interval of 95 %, six do', () => {
  assert.equal(signedRankEstimate([0.1, 0.11, 0.12, 0.13, 0.14]).low, -Infinity)
  const six = signedRankEstimate([0.1, 0.11, 0.12, 0.13, 0.14, 0.15])
  assert.equal(six.low, 0.1)
  assert.equal(six.high, 0.15)
  assert.equal(six.pValue, 0.03125)
})

test('no blocks and equal blocks are no error', () => {
  assert.equal(signedRankEstimate([]).pValue, 1)
  const equal = signedRankEstimate(Array.from({ length: 12 }, () => 0))
  assert.deepEqual([equal.logRatio, equal.low, equal.high, equal.pValue], [0, 0, 0, 1])
})

test('one wild block hardly moves the estimate', () => {
  const calm = [0.01, 0.012, 0.009, 0.011, 0.01, 0.013, 0.008, 0.01, 0.012, 0.009]
  const wild = [...calm.slice(1), 5]
  assert.ok(Math.abs(signedRankEstimate(wild).logRatio - signedRankEstimate(calm).logRatio) < 0.002)
})

test('the exact distribution and its approximation agree where they meet', () => {
  const random = createRandom(11)
  const noise = Array.from({ length: 121 }, () => 0.05 + 0.3 * random.normal())
  const exact = signedRankEstimate(noise.slice(0, 120))
  const approximate = signedRankEstimate(noise)
  assert.ok(Math.abs(exact.high - exact.low - (approximate.high - approximate.low)) < 0.01)
  assert.ok(Math.abs(exact.pValue - approximate.pValue) < 0.05)
})

const noises: Readonly<Record<string, (random: Random) => number>> = {
  normal: (random) => 0.2 * random.normal(),
  'heavy-tailed': (random) => 0.2 * random.normal() * (random.next() < 0.1 ? 8 : 1),
  'two-humped': (random) => 0.05 * random.normal() + (random.next() < 0.3 ? 0.5 : 0),
}

for (const [name, noise] of Object.entries(noises))
  for (const blocks of [6, 10, 20, 40])
    test(`the interval covers a true change of 6 % in at least 93 % of ${name} simulations with ${blocks} blocks`, () => {
      const random = createRandom(blocks * 31 + name.length)
      const truth = Math.log(1.06)
      const simulations = 1500
      let covered = 0
      for (let round = 0; round < simulations; round++) {
        const drift = 0.4 * random.normal()
        const ratios = Array.from({ length: blocks }, (_, index) => {
          const shared = drift * index
          return truth + (shared + noise(random)) - (shared + noise(random))
        })
        const { low, high } = signedRankEstimate(ratios)
        if (low <= truth && truth <= high) covered++
      }
      assert.ok(covered / simulations >= 0.93, `covered ${covered} of ${simulations}`)
      assert.ok(covered < simulations, 'an interval that always covers is too wide to say anything')
    })
