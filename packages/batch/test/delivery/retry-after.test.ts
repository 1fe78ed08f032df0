import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseRetryAfter } from '../../src/delivery/retry-after.ts'

test('seconds are seconds', () => {
  assert.equal(parseRetryAfter('3', undefined), 3000)
  assert.equal(parseRetryAfter(' 86400 ', undefined), 86_400_000)
})

test('a date is compared with the clock of the machine that wrote it', () => {
  const wrongByAnHour = 'Wed, 21 Oct 2015 07:28:00 GMT'
  assert.equal(parseRetryAfter('Wed, 21 Oct 2015 07:28:30 GMT', wrongByAnHour), 30_000)
  const inTenSeconds = new Date(Date.now() + 10_000).toUTCString()
  const waitMs = parseRetryAfter(inTenSeconds, undefined) ?? 0
  assert.ok(waitMs > 7000 && waitMs <= 10_000, String(waitMs))
})

test('zero, negative, past and garbage say nothing', () => {
  for (const value of ['0', '-5', '', 'soon', '3.5', '1e3', '0x10', 'Wed, 21 Oct 1999 07:28:00 GMT', 'Wed, nonsense']) {
    assert.equal(parseRetryAfter(value, undefined), undefined, value)
  }
  assert.equal(parseRetryAfter(undefined, undefined), undefined)
})
