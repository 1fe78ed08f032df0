import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BootPace } from '../../src/pool/boot-pace.ts'

/** A pace, and a promise for the next time that it says that hosts may be started. */
function paced(crashBackoffMs = 0): { pace: BootPace; filled: () => Promise<void> } {
  let fill = (): void => undefined
  const pace = new BootPace(crashBackoffMs, () => fill())
  return { pace, filled: () => new Promise<void>((resolve) => (fill = resolve)) }
}

test('after a host that left no other is started until the rest is over', async () => {
  const { pace, filled } = paced()
  assert.equal(pace.isHeld, false)
  assert.equal(pace.isCalm, false)
  const next = filled()
  pace.rest(30)
  assert.equal(pace.isHeld, true)
  assert.equal(pace.isCalm, true)
  await next
  assert.equal(pace.isHeld, false, 'a timer that is early counts again')
  pace[Symbol.dispose]()
})

test('a lost host ends the rest', () => {
  const { pace } = paced()
  pace.rest(600_000)
  pace.endRest()
  assert.equal(pace.isHeld, false)
  assert.equal(pace.isCalm, false)
  pace[Symbol.dispose]()
})

test('a rest does not shorten the wait after crashes', async () => {
  const { pace, filled } = paced(40)
  pace.crashed(5)
  assert.equal(pace.isHeld, false, 'one is replaced at once')
  const next = filled()
  pace.crashed(5)
  assert.equal(pace.crashes, 2)
  pace.rest(1)
  pace.endRest()
  assert.equal(pace.isHeld, true)
  await next
  assert.equal(pace.isHeld, false)
  pace[Symbol.dispose]()
})

test('crashes in a row wait longer and longer, and one after a long life begins anew', () => {
  const { pace } = paced(600_000)
  pace.crashed(5)
  pace.crashed(60_000)
  assert.equal(pace.crashes, 1)
  assert.equal(pace.isHeld, false)
  pace.crashed(5)
  assert.equal(pace.isHeld, true)
  pace[Symbol.dispose]()
})

test('boots that fail are tried again, counted until one succeeds', async () => {
  const { pace, filled } = paced()
  const next = filled()
  pace.bootFailed()
  assert.equal(pace.failures, 1)
  assert.equal(pace.isHeld, false, 'what is missing for another reason is started all the same')
  await next
  pace.booted()
  assert.equal(pace.failures, 0)
  pace[Symbol.dispose]()
})
