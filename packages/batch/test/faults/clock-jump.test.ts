import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import { after, numbered, onBench } from '../helpers/bench.ts'

const hourMs = 3_600_000

for (const jumpMs of [hourMs, -hourMs]) {
  test(`the wall clock jumps by ${jumpMs} ms while a batch waits to be retried: it is delivered`, async () => {
    const { now } = Date
    const sink = new ScriptedTransport(({ attempt }) =>
      attempt === 1 ? { status: 'retry', afterMs: 50 } : { status: 'delivered' },
    )
    const batch = new BatchProcessor({ transport: sink, exit: 'none', retry: { maxElapsedMs: 60_000 } })
    batch.addMany(numbered(10))
    const flushed = batch.flush()
    const jumped = mock.method(Date, 'now', () => now() + jumpMs)
    try {
      assert.equal((await flushed).delivered, 10)
    } finally {
      jumped.mock.restore()
    }
    const { dropped } = batch.stats()
    assert.equal(dropped.expired, 0)
    await batch.close()
  })
}

test('a suspended machine: ten minutes pass at once, nothing expires early and timers do not fire in a burst', async () => {
  const { batch, sink, clock } = onBench({ batch: { maxAgeMs: 100 }, retry: { maxElapsedMs: hourMs } })
  batch.addMany(numbered(5))
  await clock.jump(600_000)
  assert.equal(sink.attempts.length, 1)
  sink.reply = () => ({ status: 'retry' })
  batch.addMany(numbered(5))
  await clock.advance(100)
  const before = sink.attempts.length
  await clock.jump(600_000)
  assert.ok(sink.attempts.length - before <= 1, 'one probe')
  sink.reply = () => after(clock, 1)
  const closing = batch.close()
  await clock.advance(60_000)
  await closing
  assert.equal(sink.delivered.length, 10)
})

test('real timers: an event waits for its age, not for a wall clock', async () => {
  const sink = new ScriptedTransport()
  const batch = new BatchProcessor({ transport: sink, exit: 'none', batch: { maxAgeMs: 30 } })
  batch.add({ n: 1 })
  while (sink.delivered.length === 0) await sleep(5)
  await batch.close()
})
