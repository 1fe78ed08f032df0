import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RateLimiter } from '../../src/tokens/rate-limiter.ts'
import { periodEndsInMs, periodOf } from '../../src/tokens/token-limits.ts'

test('a bucket holds its burst and refills at its rate', () => {
  let nowMs = 0
  const limiter = new RateLimiter(() => nowMs)
  const rate = { runs: 10, windowMs: 1_000, burst: 2 }
  assert.deepEqual(
    [1, 2, 3].map(() => limiter.take('a', rate)),
    [0, 0, 100],
  )
  assert.equal(limiter.take('b', rate), 0)
  nowMs = 50
  assert.equal(limiter.take('a', rate), 50)
  nowMs = 100
  assert.equal(limiter.take('a', rate), 0)
  nowMs = 10_000
  assert.deepEqual(
    [1, 2, 3].map(() => limiter.take('a', rate)),
    [0, 0, 100],
  )
})

test('periods are those of the calendar in UTC', () => {
  const nowMs = Date.UTC(2026, 11, 31, 23, 0)
  assert.deepEqual(
    (['day', 'month', 'total'] as const).map((period) => [periodOf(period, nowMs), periodEndsInMs(period, nowMs)]),
    [
      ['2026-12-31', 3_600_000],
      ['2026-12', 3_600_000],
      ['total', undefined],
    ],
  )
})
