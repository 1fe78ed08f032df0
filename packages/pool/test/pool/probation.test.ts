import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Probation } from '../../src/pool/probation.ts'

test('a tenant that cost two hosts within ten seconds is on probation for as long, others are not', () => {
  const probation = new Probation()
  for (const tenant of ['one', 'other']) probation.seen(tenant)
  probation.charge('one', 1_000)
  assert.equal(probation.holds('one', 1_000), false, 'once may happen to anybody')
  probation.charge('one', 11_000)
  assert.deepEqual(
    [11_000, 20_999, 21_000].map((nowMs) => probation.holds('one', nowMs)),
    [true, true, false],
  )
  probation.charge('one', 20_000)
  assert.equal(probation.holds('one', 29_999), true)
  assert.equal(probation.holds('other', 20_000), false)
})

test('losses that are far apart are no probation', () => {
  const probation = new Probation()
  for (const tenant of ['one', 'other']) probation.seen(tenant)
  for (let nowMs = 0; nowMs < 100_000; nowMs += 10_001) {
    probation.charge('one', nowMs)
    assert.equal(probation.holds('one', nowMs), false)
  }
})

test('where there is one tenant only, nobody is to be protected', () => {
  const probation = new Probation()
  for (const tenant of ['one', 'one']) probation.seen(tenant)
  for (const nowMs of [0, 1]) probation.charge('one', nowMs)
  assert.deepEqual([probation.shared, probation.holds('one', 1)], [false, false])
  probation.seen('other')
  assert.deepEqual([probation.shared, probation.holds('one', 1)], [true, true])
})
