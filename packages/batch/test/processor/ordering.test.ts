import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { after, numbersOf, onBench, seededRandom } from '../helpers/bench.ts'

interface Keyed {
  readonly key: string
  readonly n: number
}

const keyed = { key: ({ key }: Keyed) => key, ordering: 'per-key' } as const

test('per-key order holds under random failures, delays and splits', async () => {
  for (let seed = 1; seed <= 10; seed += 1) {
    const random = seededRandom(seed)
    const { batch, sink, clock } = onBench<Keyed>({
      ...keyed,
      batch: { maxEvents: 5, maxAgeMs: 20 },
      retry: { baseMs: 5, capMs: 40 },
      reply: async (): Promise<SendOutcome> => {
        const choice = random()
        const status = choice < 0.3 ? 'retry' : choice < 0.4 ? 'too_large' : 'delivered'
        return after(clock, random() * 50, { status })
      },
      inFlight: 6,
    })
    for (let n = 0; n < 400; n += 1) {
      batch.add({ key: `key-${Math.floor(random() * 5)}`, n })
      if (n % 7 === 0) await clock.advance(5)
    }
    sink.reply = () => after(clock, random() * 20)
    const closing = batch.close({ deadlineMs: 60_000 })
    await clock.advance(60_000)
    await closing
    const events = sink.delivered.map((event) => JSON.parse(event) as Keyed)
    assertOrdered(events)
    assert.ok(events.length + (batch.stats().dropped.too_large ?? 0) === 400)
  }
})

test('at most one batch of a key is in flight; other keys pass it', async () => {
  const inFlight = new Map<string, number>()
  const { batch, sink, clock } = onBench<Keyed>({
    ...keyed,
    batch: { maxEvents: 1 },
    reply: async ({ key = '' }): Promise<SendOutcome> => {
      inFlight.set(key, (inFlight.get(key) ?? 0) + 1)
      assert.equal(inFlight.get(key), 1)
      await after(clock, key === 'slow' ? 1000 : 10)
      inFlight.set(key, 0)
      return { status: 'delivered' }
    },
  })
  for (let n = 0; n < 10; n += 1) {
    batch.add({ key: 'slow', n })
    batch.add({ key: 'fast', n })
  }
  await clock.advance(500)
  assert.deepEqual(
    sink.delivered.map((event) => (JSON.parse(event) as Keyed).key),
    Array.from({ length: 10 }, () => 'fast'),
  )
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(20_000)
  assert.equal((await closing).delivered, 10)
})

test('without a key, per-key order is the order of all events', async () => {
  const { batch, sink, clock } = onBench({
    ordering: 'per-key',
    batch: { maxEvents: 3 },
    reply: (): Promise<SendOutcome> => after(clock, clock.now() % 3 === 0 ? 40 : 1),
  })
  for (let n = 0; n < 60; n += 1) batch.add({ n })
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(10_000)
  await closing
  assert.equal(sink.maxInFlight, 1)
  assert.deepEqual(
    numbersOf(sink.delivered),
    Array.from({ length: 60 }, (_, n) => n),
  )
})

test('the batch id is the same over all attempts', async () => {
  const { batch, sink, clock } = onBench({
    reply: ({ attempt }) => (attempt < 4 ? { status: 'retry' } : { status: 'delivered' }),
  })
  batch.add({ n: 1 })
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(60_000)
  await closing
  assert.equal(sink.attempts.length, 4)
  assert.equal(new Set(sink.attempts.map(({ batchId }) => batchId)).size, 1)
})

test('per-key order holds across the border between memory and disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-order-'))
  let fails = 0
  const sink = new ScriptedTransport(() => ((fails += 1) % 3 === 0 ? { status: 'retry' } : { status: 'delivered' }))
  const batch = new BatchProcessor<Keyed>({
    ...keyed,
    transport: sink,
    exit: 'none',
    batch: { maxEvents: 5, maxAgeMs: 5 },
    buffer: { maxEvents: 40 },
    retry: { baseMs: 1, capMs: 3 },
    spill: { folder, segmentBytes: 2048 },
  })
  batch.pause()
  for (let n = 0; n < 300; n += 1) assert.equal(await batch.offer({ key: `key-${n % 3}`, n }), 'accepted')
  assert.ok(batch.stats().spilled > 200, `${batch.stats().spilled} on disk`)
  batch.resume()
  for (let n = 300; n < 400; n += 1) assert.equal(await batch.offer({ key: `key-${n % 3}`, n }), 'accepted')
  assert.equal((await batch.close({ deadlineMs: 30_000 })).status, 'done')
  const events = sink.delivered.map((event) => JSON.parse(event) as Keyed)
  assert.equal(events.length, 400)
  assertOrdered(events)
  await rm(folder, { recursive: true })
})

function assertOrdered(events: readonly Keyed[]): void {
  const last = new Map<string, number>()
  for (const { key, n } of events) {
    assert.ok(n > (last.get(key) ?? -1), `${key}: ${n} after ${last.get(key)}`)
    last.set(key, n)
  }
}
