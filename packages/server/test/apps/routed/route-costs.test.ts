import assert from 'node:assert/strict'
import { test } from 'node:test'
import { longMs, RouteCosts } from '../../../src/apps/routed/route-costs.ts'

const taught = (...samplesMs: readonly number[]): number => {
  const costs = new RouteCosts()
  for (const sampleMs of samplesMs) costs.learn('GET /a', sampleMs)
  return costs.expectedMs('GET /a')
}
const quick = Array.from({ length: 20 }, () => 0)

test('a route that is new is believed at once', () => {
  assert.ok(taught(100) > longMs)
  assert.ok(taught(...quick) < 1)
})

test('one long request makes no long route of a quick one, the second does', () => {
  assert.ok(taught(...quick, 300) < longMs)
  assert.ok(taught(...quick, 300, 300) > longMs)
  assert.ok(taught(...quick, 300, ...quick, 300) < longMs, 'the first is forgotten')
})

test('a long route that has become quick is one again', () => {
  assert.ok(taught(100, 100, ...quick) < longMs)
})

test('routes that are remembered are bounded, the oldest leaves', () => {
  const costs = new RouteCosts()
  for (let number = 0; number < 1_001; number += 1) costs.learn(`GET /${number}`, 100)
  assert.ok(costs.expectedMs('GET /0') < longMs)
  assert.ok(costs.expectedMs('GET /1000') > longMs)
})
