import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Heartbeat } from '../../src/pool/heartbeat.ts'

test('a host is silent when it has left questions unanswered for longer than it may', () => {
  const heartbeat = new Heartbeat(500)
  assert.deepEqual([heartbeat.ask(1, 0), heartbeat.ask(1, 0), heartbeat.isSilent], ['asked', 'asked', false])
  assert.deepEqual([heartbeat.ask(4, 0), heartbeat.isSilent], ['asked', true])
  assert.equal(heartbeat.ask(1, 0), 'silent')
  heartbeat.answered({ gcMs: 3 })
  assert.deepEqual([heartbeat.isSilent, heartbeat.report?.gcMs], [false, 3])
})

test('with patience it takes that much longer', () => {
  const heartbeat = new Heartbeat(500)
  const asked = Array.from({ length: 9 }, () => heartbeat.ask(4, 0))
  assert.equal(asked.indexOf('silent'), 8)
})

test('time in which the host waited for a processor is no silence of its own, up to three quarters', () => {
  const starved = new Heartbeat(500)
  const asked = Array.from({ length: 9 }, (_, count) => starved.ask(1, (count + 1) * 1_000))
  assert.equal(asked.indexOf('silent'), 8)
  const waitedBefore = new Heartbeat(500)
  waitedBefore.ask(1, 5_000)
  waitedBefore.answered({ gcMs: 0 })
  assert.deepEqual(
    [1, 2, 3].map(() => waitedBefore.ask(1, 5_000)),
    ['asked', 'asked', 'silent'],
  )
})
