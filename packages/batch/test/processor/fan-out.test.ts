import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import { assertBalanced, numbered, onBench } from '../helpers/bench.ts'

const down = () => ({ status: 'retry', blame: 'destination' }) as const

test('a dead destination neither delays the other nor sends it anything twice', async () => {
  const alive = new ScriptedTransport(undefined, { name: 'alive' })
  const dead = new ScriptedTransport(down, { name: 'dead' })
  const { batch, clock } = onBench({
    transport: [alive, { transport: dead, buffer: { maxEvents: 50 } }],
    batch: { maxEvents: 10 },
  })
  for (const event of numbered(500)) {
    assert.equal(batch.add(event), 'accepted')
    if (event.n % 10 === 9) await clock.advance(10)
  }
  assert.equal(alive.delivered.length, 500)
  assert.equal(new Set(alive.delivered).size, 500)
  const [first, second] = batch.stats().destinations
  assert.deepEqual([first?.delivered, second?.dropped.overflow], [500, 450])
  assertBalanced(batch.stats())
  dead.reply = () => ({ status: 'delivered' })
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(60_000)
  await closing
  assert.equal(dead.delivered.length, 50)
  assert.equal(alive.delivered.length, 500)
  assert.deepEqual([alive.closed, dead.closed], [1, 1])
})

test('a destination that must have everything holds up the caller, and the other takes no event twice for it', async () => {
  const main = new ScriptedTransport(down, { name: 'main' })
  const copy = new ScriptedTransport(undefined, { name: 'copy' })
  const { batch, clock } = onBench({
    transport: [{ transport: main, buffer: { maxEvents: 20, whenFull: 'block' } }, copy],
    batch: { maxEvents: 10 },
  })
  assert.equal(batch.addMany(numbered(30)).accepted, 20)
  const waiting = batch.offer({ n: 30 })
  await clock.advance(1000)
  assert.equal(copy.delivered.length, 20)
  main.reply = () => ({ status: 'delivered' })
  await clock.advance(20_000)
  assert.equal(await waiting, 'accepted')
  const closing = batch.close()
  await clock.advance(1000)
  await closing
  assert.deepEqual([main.delivered.length, copy.delivered.length], [21, 21])
})

test('an event that one destination cannot take is lost for that one only, and counted', async () => {
  const wide = new ScriptedTransport(undefined, { name: 'wide' })
  const narrow = new ScriptedTransport(undefined, { name: 'narrow', limits: { maxBytes: 50 } })
  const { batch } = onBench<string>({ transport: [wide, narrow] })
  assert.equal(batch.add('x'.repeat(100)), 'accepted')
  assert.equal(batch.add('y'), 'accepted')
  await batch.close()
  assert.deepEqual([wide.delivered.length, narrow.delivered.length], [2, 1])
  assert.equal(batch.stats().destinations[1]?.dropped.too_large, 1)
  assertBalanced(batch.stats())
})
