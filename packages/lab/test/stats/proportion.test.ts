import { test } from 'node:test'
import assert from 'node:assert/strict'
import { cliffsDelta } from '../../src/stats/effect-size.ts'
import { failureImbalance, proportion } from '../../src/stats/proportion.ts'

test('the interval of a share matches the published one', () => {
  // Clopper–Pearson for 7 of 100: 2.86 % to 13.89 %.
  const { low, high, share } = proportion(7, 100)
  assert.equal(share, 0.07)
  assert.ok(Math.abs(low - 0.028605) < 1e-5 && Math.abs(high - 0.138918) < 1e-5, `${low} ${high}`)
  assert.ok(Math.abs(proportion(0, 100).high - 0.036217) < 1e-5)
  assert.equal(proportion(10, 10).high, 1)
})

test('failures on one side only are an imbalance, failures in proportion are not', () => {
  assert.ok(failureImbalance({ failed: 30, total: 10_000 }, { failed: 0, total: 10_000 }) < 1e-6)
  assert.ok(failureImbalance({ failed: 12, total: 5000 }, { failed: 20, total: 10_000 }) > 0.3)
  assert.equal(failureImbalance({ failed: 0, total: 10 }, { failed: 0, total: 10 }), 1)
})

test("Cliff's delta", () => {
  assert.equal(cliffsDelta([1, 2, 3], [4, 5, 6]), 1)
  assert.equal(cliffsDelta([4, 5, 6], [1, 2, 3]), -1)
  assert.equal(cliffsDelta([1, 2], [1, 2]), 0)
  assert.equal(cliffsDelta([], [1]), 0)
})
