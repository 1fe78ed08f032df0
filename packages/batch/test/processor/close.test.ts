import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { DeadLetter } from '../../src/options/options.ts'
import { assertBalanced, numbered, onBench, type Numbered } from '../helpers/bench.ts'

const never = (): Promise<never> => new Promise(() => undefined)

test('close settles at its deadline when the destination hangs, and its report is true', async () => {
  const { batch, sink, clock } = onBench({ reply: never, batch: { maxEvents: 10 }, inFlight: 2 })
  batch.addMany(numbered(35))
  const closing = batch.close({ deadlineMs: 2000 })
  assert.equal(batch.close({ deadlineMs: 9 }), closing, 'the second call joins the first')
  assert.equal(batch.add({ n: 99 }), 'closed')
  assert.equal(await batch.offer({ n: 99 }), 'closed')
  await clock.advance(2000)
  const report = await closing
  assert.equal(report.status, 'deadline')
  assert.ok(report.elapsedMs >= 2000 && report.elapsedMs <= 2100, `${report.elapsedMs} ms`)
  assert.equal(report.abandonedInFlight, 20)
  assert.deepEqual([report.dropped.abandoned, report.dropped.closed, report.delivered], [20, 15, 0])
  assert.equal(batch.stats().refused.closed, 2)
  assertBalanced(batch.stats())
  assert.equal(sink.closed, 1)
  assert.equal(clock.pendingTimers, 0, 'no timer is left')
})

test('leftovers go to the letter box when there is one', async () => {
  const letters: DeadLetter[] = []
  const { batch, clock } = onBench({
    reply: never,
    batch: { maxEvents: 2 },
    inFlight: 1,
    deadLetter: (list) => void letters.push(...list),
  })
  batch.addMany(numbered(5))
  const closing = batch.close({ deadlineMs: 100 })
  await clock.advance(100)
  assert.equal((await closing).deadLettered, 5)
  assert.deepEqual([...new Set(letters.map(({ reason }) => reason))], ['closed'])
  assertBalanced(batch.stats())
})

test('leftovers go to disk when there is one, and the next processor delivers them under the same ids', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-close-'))
  const hanging = new ScriptedTransport(never)
  const options = { exit: 'none', spill: { folder }, batch: { maxEvents: 10 }, inFlight: 1 } as const
  const first = new BatchProcessor<Numbered>({ ...options, transport: hanging })
  first.addMany(numbered(35))
  const report = await first.close({ deadlineMs: 50 })
  assert.deepEqual([report.spilled, report.abandonedInFlight, report.delivered], [35, 10, 0])
  assertBalanced(first.stats())
  const healthy = new ScriptedTransport()
  const second = new BatchProcessor<Numbered>({ ...options, transport: healthy })
  await second.recovered
  assert.equal((await second.close()).delivered, 35)
  assert.equal(second.stats().recovered, 35)
  assert.equal(new Set(healthy.delivered).size, 35)
  assert.equal(healthy.attempts[0]?.batchId, hanging.attempts[0]?.batchId)
  assert.deepEqual(healthy.attempts[0]?.ids, hanging.attempts[0]?.ids)
  const third = new BatchProcessor<Numbered>({ ...options, transport: healthy })
  await third.close()
  assert.equal(healthy.delivered.length, 35, 'nothing is left')
  await rm(folder, { recursive: true })
})

test('a letter box that never settles holds nobody up, and the report says what it has', async () => {
  const { batch, clock } = onBench({ reply: () => ({ status: 'rejected' }), deadLetter: never })
  batch.addMany(numbered(5))
  const closing = batch.close({ deadlineMs: 100 })
  await clock.advance(100)
  await clock.advance(2000)
  const report = await closing
  assert.deepEqual([report.status, report.unsettled, report.deadLettered], ['deadline', 5, 0])
  assertBalanced(batch.stats())
})

test('await using closes', async () => {
  const sink = new ScriptedTransport()
  {
    await using batch = new BatchProcessor({ transport: sink, exit: 'none' })
    batch.add({ n: 1 })
  }
  assert.equal(sink.delivered.length, 1)
  assert.equal(sink.closed, 1)
})

test('those who wait for room are told that it was closed', async () => {
  const { batch, clock } = onBench({ reply: never, batch: { maxEvents: 1 }, buffer: { maxEvents: 1 } })
  batch.add({ n: 1 })
  const waiting = batch.offer({ n: 2 })
  const closing = batch.close({ deadlineMs: 10 })
  assert.equal(await waiting, 'closed')
  await clock.advance(10)
  await closing
})
