import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbered, onBench } from '../helpers/bench.ts'

test('Retry-After is a floor for all batches, with at most a fifth on top, and one probe comes first', async () => {
  const { batch, sink, clock } = onBench({ batch: { maxEvents: 10 }, inFlight: 4 })
  const at: number[] = []
  sink.reply = () => {
    at.push(clock.now())
    return { status: 'retry', blame: 'destination', statusCode: 429, afterMs: 3000 }
  }
  batch.addMany(numbered(1000))
  await clock.advance(2999)
  assert.equal(at.length, 4, 'only what was in flight before the answer')
  await clock.advance(601)
  assert.equal(at.length, 5, 'one probe')
  assert.ok((at[4] ?? 0) >= 3000 && (at[4] ?? 0) <= 3600)
  sink.reply = () => ({ status: 'delivered' })
  await clock.advance(3600)
  assert.equal(sink.delivered.length, 1000)
  await batch.close()
})

test('a Retry-After of a day is cut to the configured maximum', async () => {
  const { batch, sink, clock } = onBench({ retry: { retryAfter: { maxMs: 60_000, jitterRatio: 0 } } })
  sink.reply = () => ({ status: 'retry', afterMs: 86_400_000 })
  batch.add({ n: 1 })
  void batch.flush()
  await clock.advance(59_000)
  assert.equal(sink.attempts.length, 1)
  sink.reply = () => ({ status: 'delivered' })
  await clock.advance(1000)
  assert.equal(sink.delivered.length, 1)
  await batch.close()
})

test('a longer wish of a batch that was already in flight moves the gate', async () => {
  const { batch, sink, clock } = onBench({ batch: { maxEvents: 1 }, retry: { retryAfter: { jitterRatio: 0 } } })
  sink.reply = ({ events }) => ({ status: 'retry', afterMs: events[0] === '{"n":0}' ? 1000 : 5000 })
  batch.addMany(numbered(2))
  await clock.advance(4999)
  assert.equal(sink.attempts.length, 2)
  await clock.advance(1)
  assert.equal(sink.attempts.length, 3)
  sink.reply = () => ({ status: 'delivered' })
  const closing = batch.close()
  await clock.advance(10_000)
  assert.equal((await closing).delivered, 2)
})
