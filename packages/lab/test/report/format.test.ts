import { test } from 'node:test'
import assert from 'node:assert/strict'
import {
  formatBytes,
  formatChange,
  formatDuration,
  formatMicroseconds,
  formatMilliseconds,
  formatMoment,
  formatNumber,
  formatPercent,
} from '../../src/report/format.ts'

test('times choose their unit and keep three digits', () => {
  assert.deepEqual(
    [0, 7, 1250, 42_000, 999_999, 3_200_000, 90_000_000].map((us) => formatMicroseconds(us)),
    ['0 ms', '7.00 µs', '1.25 ms', '42.0 ms', '1000 ms', '3.20 s', '1.50 min'],
  )
  assert.deepEqual(
    [320, 12_340, 116_000, 1_234_567].map((us) => formatMilliseconds(us)),
    ['0.32', '12.3', '116', '1,235'],
  )
  assert.deepEqual(
    [900, 4200, 60_000, 200_000, 7_500_000].map((ms) => formatDuration(ms)),
    ['900 ms', '4.2 s', '1 min 00 s', '3 min 20 s', '2 h 05 min'],
  )
})

test('sizes, shares and changes', () => {
  assert.deepEqual(
    [0, 999, 1500, 12_300_000].map((bytes) => formatBytes(bytes)),
    ['0 B', '999 B', '1.50 kB', '12.3 MB'],
  )
  assert.deepEqual(
    [0, 0.002, 0.5, 1].map((share) => formatPercent(share)),
    ['0 %', '0.200 %', '50.0 %', '100 %'],
  )
  assert.deepEqual(
    [0.052, -0.003, 0.25, Infinity, -1].map((share) => formatChange(share)),
    ['+5.20 %', '−0.30 %', '+25.0 %', 'unbounded', '−100.0 %'],
  )
  assert.deepEqual(
    [0.123456, 12.3456, 123_456].map((value) => formatNumber(value)),
    ['0.123', '12.3', '123,456'],
  )
  assert.equal(formatMoment(Date.UTC(2026, 10, 21, 7, 40, 5)), '2026-11-21 07:40:05 UTC')
})
