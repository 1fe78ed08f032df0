import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { after, numbered, onBench } from '../helpers/bench.ts'

test('flush is a barrier: it settles when everything accepted before it has, for any number of callers', async () => {
  const { batch, sink, clock } = onBench({
    batch: { maxEvents: 10 },
    inFlight: 1,
    reply: (): Promise<SendOutcome> => after(clock, 100),
  })
  batch.addMany(numbered(25))
  const callers = Array.from({ length: 10 }, () => batch.flush())
  let settled = 0
  for (const caller of callers) void caller.then(() => (settled += 1))
  await clock.advance(299)
  assert.equal(settled, 0)
  assert.equal(sink.delivered.length, 20)
  await clock.advance(1)
  assert.equal(settled, 10)
  for (const caller of callers) assert.deepEqual({ ...(await caller), elapsedMs: 0 }, { ...done(25), elapsedMs: 0 })
  await batch.close()
})

test('flush does not wait for events added after it', async () => {
  const { batch, clock } = onBench({ inFlight: 1, reply: (): Promise<SendOutcome> => after(clock, 100) })
  batch.add({ n: 1 })
  const first = batch.flush()
  batch.add({ n: 2 })
  await clock.advance(100)
  assert.equal((await first).delivered, 1)
  assert.equal(batch.stats().buffered, 1)
  const closing = batch.close()
  await clock.advance(200)
  await closing
})

test('flush with a deadline or a signal gives up waiting, and loses nothing by it', async () => {
  const { batch, sink, clock } = onBench({ reply: (): Promise<SendOutcome> => after(clock, 5000) })
  batch.addMany(numbered(3))
  const late = batch.flush({ deadlineMs: 1000 })
  const controller = new AbortController()
  const aborted = batch.flush({ signal: controller.signal })
  await clock.advance(1000)
  controller.abort()
  assert.deepEqual({ ...(await late), elapsedMs: 0 }, { ...done(0), status: 'deadline', pending: 3, elapsedMs: 0 })
  assert.equal((await aborted).status, 'aborted')
  assert.equal((await batch.flush({ signal: AbortSignal.abort() })).status, 'aborted')
  await clock.advance(4000)
  assert.equal(sink.delivered.length, 3)
  await batch.close()
})

test('flush during close and after it settles', async () => {
  const { batch, clock } = onBench({ reply: (): Promise<SendOutcome> => after(clock, 100) })
  batch.addMany(numbered(3))
  const closing = batch.close()
  const during = batch.flush()
  await clock.advance(100)
  assert.equal((await during).delivered, 3)
  await closing
  assert.equal((await batch.flush()).status, 'done')
})

test('an empty flush settles at once', async () => {
  const { batch } = onBench()
  assert.equal((await batch.flush()).delivered, 0)
  await batch.close()
})

test('deliver resolves with the fate of its own event', async () => {
  const { batch, clock } = onBench<number | bigint>({
    batch: { maxEvents: 3 },
    reply: async ({ events }): Promise<SendOutcome> => {
      await after(clock, 10)
      return { status: 'partial', failed: [{ index: events.indexOf('13'), retryable: false, reason: 'unlucky' }] }
    },
  })
  const fates = [batch.deliver(12), batch.deliver(13), batch.deliver(14), batch.deliver(1n)]
  await clock.advance(10)
  assert.deepEqual(
    (await Promise.all(fates)).map((fate) => fate.status),
    ['delivered', 'dropped', 'delivered', 'refused'],
  )
  await batch.close()
})

test('flushAfter hands a flush to the platform', async () => {
  const { batch, sink } = onBench()
  batch.add({ n: 1 })
  const handed: Promise<unknown>[] = []
  batch.flushAfter((work) => void handed.push(work))
  await Promise.all(handed)
  assert.equal(sink.delivered.length, 1)
  await batch.close()
})

test('pause holds events back, resume sends them', async () => {
  const { batch, sink, clock } = onBench()
  batch.pause()
  batch.add({ n: 1 })
  const flushed = batch.flush()
  await clock.advance(10_000)
  assert.equal(sink.attempts.length, 0)
  batch.resume()
  assert.equal((await flushed).delivered, 1)
  await batch.close()
})

function done(delivered: number): object {
  return { status: 'done', delivered, deadLettered: 0, dropped: 0, pending: 0 }
}
