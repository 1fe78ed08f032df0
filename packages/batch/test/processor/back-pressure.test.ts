import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { after, assertBalanced, numbered, numbersOf, onBench, type Numbered } from '../helpers/bench.ts'

test('offer waits for room and is served first come, first served', async () => {
  const { batch, sink, clock } = onBench({
    reply: (): Promise<SendOutcome> => after(clock, 100),
    batch: { maxEvents: 5 },
    buffer: { maxEvents: 10 },
    inFlight: 1,
  })
  const order: number[] = []
  const offers = numbered(40).map(async (event) => {
    assert.equal(await batch.offer(event), 'accepted')
    order.push(event.n)
  })
  assert.equal(batch.stats().waiting, 30)
  assert.equal(batch.add({ n: 99 }), 'full', 'add does not overtake those who wait')
  await clock.advance(1000)
  await Promise.all(offers)
  assert.deepEqual(
    order,
    numbered(40).map(({ n }) => n),
  )
  assert.deepEqual(numbersOf(sink.delivered), order)
  await batch.close()
})

test('a signal frees the waiter and its place; the event is not taken', async () => {
  const { batch, sink, clock } = onBench({
    reply: (): Promise<SendOutcome> => after(clock, 1000),
    batch: { maxEvents: 1 },
    buffer: { maxEvents: 1 },
  })
  batch.add({ n: 0 })
  const controller = new AbortController()
  const aborted = batch.offer({ n: 1 }, { signal: controller.signal })
  const waiting = batch.offer({ n: 2 })
  controller.abort(new Error('no longer wanted'))
  await assert.rejects(aborted, { message: 'no longer wanted' })
  assert.equal(batch.stats().waiting, 1)
  await clock.advance(1000)
  assert.equal(await waiting, 'accepted')
  const closing = batch.close()
  await clock.advance(1000)
  await closing
  assert.deepEqual(numbersOf(sink.delivered), [0, 2])
  await assert.rejects(batch.offer({ n: 3 }, { signal: AbortSignal.abort(new Error('before')) }), { message: 'before' })
})

test('an offer that waits too long says full', async () => {
  const { batch, clock } = onBench({
    reply: () => ({ status: 'retry' }),
    batch: { maxEvents: 1 },
    buffer: { maxEvents: 1, offerTimeoutMs: 500 },
  })
  batch.add({ n: 0 })
  const offer = batch.offer({ n: 1 })
  await clock.advance(500)
  assert.equal(await offer, 'full')
  assert.equal(batch.stats().waiting, 0)
  const closing = batch.close()
  await clock.advance(10_000)
  await closing
})

test('a writable stream is slowed down to the pace of the destination', async () => {
  const { batch, sink, clock } = onBench({
    reply: (): Promise<SendOutcome> => after(clock, 100),
    batch: { maxEvents: 5, maxAgeMs: 50 },
    buffer: { maxEvents: 10 },
    inFlight: 1,
  })
  let produced = 0
  const source = new ReadableStream<Numbered>(
    {
      pull(controller) {
        if (produced === 100) return controller.close()
        controller.enqueue({ n: produced })
        produced += 1
      },
    },
    { highWaterMark: 0 },
  )
  const piped = source.pipeTo(batch.writable({ highWaterMark: 4 }))
  await clock.advance(100)
  assert.ok(produced <= 10 + 5 + 4 + 1, `${produced} produced while ${sink.delivered.length} were delivered`)
  await clock.advance(5000)
  await piped
  assert.deepEqual(
    numbersOf(sink.delivered),
    numbered(100).map(({ n }) => n),
  )
  await batch.close()
})

test('200 concurrent adds, offers, flushes and closes on one place in flight all settle', async () => {
  const { batch, sink, clock } = onBench({
    reply: (): Promise<SendOutcome> => after(clock, 20),
    batch: { maxEvents: 3 },
    buffer: { maxEvents: 9 },
    inFlight: 1,
  })
  const calls: Promise<unknown>[] = []
  for (let n = 0; n < 200; n += 1) {
    calls.push(batch.offer({ n }))
    if (n % 3 === 0) batch.add({ n: 1000 + n })
    if (n % 5 === 0) calls.push(batch.flush())
    if (n % 10 === 0) await clock.advance(5)
  }
  calls.push(batch.close({ deadlineMs: 60_000 }), batch.close(), batch.flush())
  await clock.advance(60_000)
  await Promise.all(calls)
  assertBalanced(batch.stats())
  assert.equal(batch.stats().delivered, sink.delivered.length)
  assert.equal(new Set(sink.delivered).size, sink.delivered.length)
})
