import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoffMs } from '../../src/delivery/backoff.ts'
import { seededRandom } from '../helpers/bench.ts'

test('full jitter: each wait lies between nothing and the doubled ceiling', () => {
  const random = seededRandom(7)
  for (let failures = 1; failures < 60; failures += 1) {
    const ceilingMs = Math.min(10_000, 100 * 2 ** (failures - 1))
    for (let draw = 0; draw < 100; draw += 1) {
      const waitMs = backoffMs({ baseMs: 100, capMs: 10_000, jitter: 'full' }, failures, random)
      assert.ok(waitMs >= 0 && waitMs <= ceilingMs)
    }
  }
})

test('at the cap the waits stay spread: the cap is applied before the jitter', () => {
  const random = seededRandom(3)
  const draws = Array.from({ length: 10_000 }, () =>
    backoffMs({ baseMs: 100, capMs: 1000, jitter: 'full' }, 30, random),
  )
  const mean = draws.reduce((sum, each) => sum + each, 0) / draws.length
  const deviation = Math.sqrt(draws.reduce((sum, each) => sum + (each - mean) ** 2, 0) / draws.length)
  assert.ok(Math.abs(mean - 500) < 15, `mean ${mean}`)
  assert.ok(Math.abs(deviation - 1000 / Math.sqrt(12)) < 10, `deviation ${deviation}`)
})

test('equal jitter keeps half of the ceiling, none all of it', () => {
  assert.equal(backoffMs({ baseMs: 100, capMs: 1000, jitter: 'none' }, 3, Math.random), 400)
  assert.equal(
    backoffMs({ baseMs: 100, capMs: 1000, jitter: 'equal' }, 3, () => 0),
    200,
  )
})
