import assert from 'node:assert/strict'
import { test } from 'node:test'
import { after, assertBalanced, onBench } from '../helpers/bench.ts'

/** Two events each millisecond of a virtual minute; answers take `latencyMs`. */
async function minute(latencyMs: number): Promise<{
  readonly deliveredBeforeClose: number
  readonly delivered: number
  readonly maxInFlight: number
  readonly p99AgeMs: number
  readonly bufferedAfterLoadMs: number
}> {
  const ages: number[] = []
  const { batch, sink, clock } = onBench<{ at: number }>({
    batch: { maxAgeMs: 100 },
    reply: async ({ events }) => {
      const outcome = await after(clock, latencyMs)
      for (const event of events) ages.push(clock.now() - (JSON.parse(event) as { at: number }).at)
      return outcome
    },
  })
  for (let ms = 0; ms < 60_000; ms += 1) {
    batch.add({ at: ms })
    batch.add({ at: ms })
    await clock.advance(1)
  }
  assertBalanced(batch.stats())
  const deliveredBeforeClose = batch.stats().delivered
  let bufferedAfterLoadMs = 0
  for (; batch.stats().buffered >= 1000; bufferedAfterLoadMs += 100) await clock.advance(100)
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(20_000)
  const report = await closing
  assert.equal(report.status, 'done')
  assert.deepEqual([...new Set(Object.values(batch.stats().dropped))], [0])
  const p99AgeMs = ages.toSorted((left, right) => left - right)[Math.floor(ages.length * 0.99)] ?? 0
  const { delivered } = batch.stats()
  return { deliveredBeforeClose, delivered, maxInFlight: sink.maxInFlight, p99AgeMs, bufferedAfterLoadMs }
}

test('2000 events a second for a minute, answers after 300 ms: all delivered, at most 4 in flight', async () => {
  const result = await minute(300)
  assert.equal(result.delivered, 120_000)
  assert.ok(result.deliveredBeforeClose >= 119_200, `${result.deliveredBeforeClose} before close`)
  assert.ok(result.maxInFlight <= 4)
  assert.ok(result.p99AgeMs <= 1500, `${result.p99AgeMs} ms`)
})

test('the same with answers after 3 s: all delivered, and the buffer empties after the load', async () => {
  const result = await minute(3000)
  assert.equal(result.delivered, 120_000)
  assert.ok(result.maxInFlight <= 4)
  assert.ok(result.bufferedAfterLoadMs <= 60_000)
})
