import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ManualClock } from '../../src/conformance/manual-clock.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { after, assertBalanced, delivered, numbered, onBench, seededRandom } from '../helpers/bench.ts'

const refused = { status: 'retry', blame: 'destination', cause: new Error('ECONNREFUSED') } as const

test('a destination that refuses for a minute and returns: one probe at a time, then everything, within the number in flight', async () => {
  const { batch, sink, clock } = onBench({ buffer: { maxEvents: 200_000 } })
  sink.reply = () => refused
  for (let ms = 0; ms < 60_000; ms += 10) {
    batch.addMany(numbered(20, ms * 2))
    await clock.advance(10)
  }
  assertBalanced(batch.stats())
  assert.equal(batch.stats().accepted, 120_000)
  assert.ok(sink.attempts.length < 60, `${sink.attempts.length} attempts in a minute of outage`)
  sink.maxInFlight = 0
  const inFlightAtFirstContact: number[] = []
  sink.reply = () => {
    inFlightAtFirstContact.push(sink.inFlight)
    return after(clock, 50)
  }
  let recoveryMs = 0
  for (; batch.stats().delivered < 120_000 && recoveryMs < 60_000; recoveryMs += 100) await clock.advance(100)
  assert.equal(inFlightAtFirstContact[0], 1)
  assert.ok(recoveryMs < 30_000, `${recoveryMs} ms`)
  assert.ok(sink.maxInFlight <= 4)
  assert.equal(new Set(sink.delivered).size, sink.delivered.length)
  await batch.close()
})

test('500 sealed batches and a destination that is down: attempts follow the gate, not the batches', async () => {
  const { batch, sink, clock } = onBench({
    batch: { maxEvents: 10 },
    retry: { baseMs: 1000, capMs: 1000, jitter: 'none' },
    reply: () => ({ status: 'retry', statusCode: 500, cause: new Error('overloaded') }),
  })
  batch.addMany(numbered(5000))
  await clock.advance(20_500)
  assert.ok(sink.attempts.length <= 4 + 20, `${sink.attempts.length} attempts in 20 s`)
  assert.match(String(batch.stats().destinations[0]?.lastFailure), /overloaded/)
  sink.reply = () => delivered
  const closing = batch.close()
  await clock.advance(10_000)
  assert.equal((await closing).delivered, 5000)
})

test('one batch that always fails does not stop the others, and ends as a dead letter', async () => {
  const letters: string[] = []
  const { batch, sink, clock } = onBench({
    batch: { maxEvents: 1 },
    retry: { maxElapsedMs: 60_000 },
    deadLetter: (list) => void letters.push(...list.map(({ reason }) => reason)),
    reply: ({ events }) => (events[0] === '{"n":3}' ? { status: 'retry', statusCode: 500 } : delivered),
  })
  batch.addMany(numbered(50))
  await clock.advance(90_000)
  batch.addMany(numbered(50, 50))
  await clock.advance(90_000)
  assert.equal(sink.delivered.length, 99)
  assert.deepEqual(letters, ['expired'])
  assertBalanced(batch.stats())
  await batch.close()
})

test('200 clients come back from a common outage spread out: no 100 ms hold more than 5 % of them', async () => {
  const clock = new ManualClock()
  const arrivals: number[] = []
  let isDown = true
  const clients = Array.from({ length: 200 }, (_, index) => {
    const transport = new ScriptedTransport(() => {
      if (isDown) return refused
      arrivals.push(clock.now())
      return delivered
    })
    return new BatchProcessor({
      transport,
      clock,
      random: seededRandom(index + 1),
      exit: 'none',
      batch: { maxAgeMs: 0 },
    })
  })
  for (const client of clients) client.add({})
  await clock.advance(60_000)
  isDown = false
  await clock.advance(15_000)
  assert.equal(arrivals.length, 200)
  const windows = new Map<number, number>()
  for (const at of arrivals) windows.set(Math.floor(at / 100), (windows.get(Math.floor(at / 100)) ?? 0) + 1)
  assert.ok(Math.max(...windows.values()) <= 10, `${Math.max(...windows.values())} in 100 ms`)
  await Promise.all(clients.map((client) => client.close()))
})

test('adaptive concurrency grows while answers keep pace and shrinks when they fail', async () => {
  const { batch, sink, clock } = onBench({
    batch: { maxEvents: 10 },
    inFlight: { min: 1, max: 16 },
    reply: (): Promise<SendOutcome> => after(clock, 100),
  })
  batch.addMany(numbered(5000))
  await clock.advance(3000)
  assert.equal(sink.maxInFlight, 16)
  sink.reply = () => after(clock, 100, { status: 'retry' })
  await clock.advance(5000)
  sink.maxInFlight = 0
  sink.reply = () => after(clock, 100)
  await clock.advance(400)
  assert.ok(sink.maxInFlight < 16, `${sink.maxInFlight} right after the outage`)
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(60_000)
  assert.equal((await closing).status, 'done')
})
