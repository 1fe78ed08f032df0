import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ServiceRate } from '../../src/pool/service-rate.ts'

test('before anything is measured, half of the processors is taken to be there for the queue', () => {
  assert.equal(new ServiceRate(2).perMs, 1)
})

test('it follows what is served while work waits', () => {
  const rate = new ServiceRate(2)
  let servedMs = 0
  for (let nowMs = 1_000; nowMs <= 9_000; nowMs += 10) rate.observe(nowMs, (servedMs += 8), 1_000)
  assert.ok(Math.abs(rate.perMs - 0.8) < 0.02, `${rate.perMs}`)
})

test('an empty queue says nothing: time without work is not slowness', () => {
  const rate = new ServiceRate(2)
  for (let nowMs = 1_000; nowMs <= 3_000; nowMs += 10) rate.observe(nowMs, 0, undefined)
  rate.observe(3_050, 0, 3_020)
  rate.observe(3_260, 0, 3_020)
  assert.equal(rate.perMs, 1)
})

test('a queue of which nothing is served for long does not make every wait look endless', () => {
  const rate = new ServiceRate(2)
  for (let nowMs = 1_000; nowMs <= 9_000; nowMs += 10) rate.observe(nowMs, 0, 1_000)
  assert.equal(rate.perMs, 0.5)
})
