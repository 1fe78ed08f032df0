import { test } from 'node:test'
import assert from 'node:assert/strict'
import { calibrate } from '../../src/stats/calibration.ts'
import { createRandom } from '../../src/stats/random.ts'

test('an honest set-up is trusted in at least 17 of 20 calibrations, and its smallest change is printed', () => {
  const random = createRandom(53)
  const calibrations = Array.from({ length: 20 }, () =>
    calibrate(Array.from({ length: 30 }, () => 0.1 * random.normal())),
  )
  assert.ok(calibrations.filter((each) => each.trustworthy).length >= 17)
  for (const each of calibrations) assert.ok(each.minimumDetectableShare > 0.02 && each.minimumDetectableShare < 0.2)
})

test('a set-up that favours one side is not trusted', () => {
  const random = createRandom(59)
  const calibration = calibrate(Array.from({ length: 30 }, () => 0.12 + 0.1 * random.normal()))
  assert.equal(calibration.trustworthy, false)
  assert.equal(calibration.weakness, 'biased')
  assert.ok(calibration.falseAlarms.share > 0.5)
})

test('a set-up that finds only large changes is too coarse to be trusted, and too few blocks are', () => {
  const random = createRandom(83)
  const coarse = calibrate(Array.from({ length: 12 }, () => 0.7 * random.normal()))
  assert.equal(coarse.trustworthy, false)
  assert.equal(coarse.weakness, 'coarse')
  assert.ok(coarse.minimumDetectableShare > 0.25)
  assert.equal(calibrate([0.01, -0.01, 0.02]).weakness, 'coarse')
})

test('a bias within the margin of equality is no false alarm', () => {
  const random = createRandom(61)
  const calibration = calibrate(Array.from({ length: 30 }, () => 0.005 + 0.002 * random.normal()))
  assert.equal(calibration.trustworthy, true)
  assert.equal(calibration.falseAlarms.hits, 0)
})

test('one seed gives one answer', () => {
  const random = createRandom(67)
  const ratios = Array.from({ length: 20 }, () => 0.05 * random.normal())
  assert.deepEqual(calibrate(ratios, { seed: 4 }), calibrate(ratios, { seed: 4 }))
})
