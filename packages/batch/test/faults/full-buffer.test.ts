import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'node:test'
import { monotonicClock } from '../../src/util/clock.ts'
import { assertBalanced, numbered, numbersOf, onBench } from '../helpers/bench.ts'

const down = () => ({ status: 'retry', blame: 'destination' }) as const
const up = () => ({ status: 'delivered' }) as const

test('block and drop-newest: the oldest events survive, and add says full', async () => {
  for (const whenFull of ['block', 'drop-newest'] as const) {
    const { batch, sink, clock } = onBench({
      reply: down,
      batch: { maxEvents: 10 },
      buffer: { maxEvents: 100, whenFull },
    })
    assert.equal(batch.addMany(numbered(250)).full, 150)
    await clock.advance(5000)
    assert.equal(batch.add({ n: 999 }), 'full')
    assertBalanced(batch.stats())
    sink.reply = up
    const closing = batch.close({ deadlineMs: 60_000 })
    await clock.advance(30_000)
    await closing
    assert.deepEqual(
      numbersOf(sink.delivered).toSorted((left, right) => left - right),
      numbered(100).map(({ n }) => n),
    )
    assert.equal(batch.stats().refused.full, 151)
  }
})

test('drop-oldest: the newest events survive, and each lost one is counted', async () => {
  const { batch, sink, clock } = onBench({
    reply: down,
    batch: { maxEvents: 10 },
    inFlight: 1,
    buffer: { maxEvents: 100, whenFull: 'drop-oldest' },
  })
  for (const event of numbered(1005)) {
    assert.equal(batch.add(event), 'accepted')
    if (event.n % 50 === 0) await clock.advance(100)
  }
  await clock.advance(20_000)
  assert.equal(batch.stats().dropped.overflow, 905)
  assertBalanced(batch.stats())
  sink.reply = up
  const closing = batch.close({ deadlineMs: 60_000 })
  await clock.advance(30_000)
  await closing
  assert.deepEqual(
    numbersOf(sink.delivered).toSorted((left, right) => left - right),
    numbered(100, 905).map(({ n }) => n),
  )
})

test('a bound in bytes holds for events of any size', async () => {
  const { batch, clock } = onBench<string>({
    reply: down,
    batch: { maxBytes: 1000 },
    buffer: { maxBytes: 10_000, whenFull: 'drop-oldest' },
  })
  for (let count = 0; count < 2000; count += 1) {
    batch.add('x'.repeat(count % 700))
    assert.ok(batch.stats().bytes <= 10_000)
  }
  await clock.advance(1000)
  assertBalanced(batch.stats())
  const closing = batch.close()
  await clock.advance(20_000)
  await closing
})

test('spill: everything survives, in order, and memory stays within its bound', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-spill-'))
  let isDown = true
  const { batch, sink } = onBench({
    clock: monotonicClock,
    reply: () => (isDown ? down() : up()),
    ordering: 'per-key',
    batch: { maxEvents: 10, maxAgeMs: 5 },
    inFlight: 1,
    retry: { baseMs: 1, capMs: 5 },
    buffer: { maxEvents: 100 },
    spill: { folder, segmentBytes: 4096 },
  })
  for (const event of numbered(3000)) assert.equal(await batch.offer(event), 'accepted')
  const { spilled, spill } = { ...batch.stats(), spill: batch.stats().destinations[0]?.spill }
  assert.ok(spilled >= 2800, `${spilled} on disk`)
  assert.ok((spill?.segments ?? 0) > 5)
  assertBalanced(batch.stats())
  isDown = false
  const report = await batch.close({ deadlineMs: 60_000 })
  assert.equal(report.status, 'done')
  assert.deepEqual(
    numbersOf(sink.delivered),
    numbered(3000).map(({ n }) => n),
  )
  await rm(folder, { recursive: true })
})

test('a million events against a port that refuses: memory stays within the configured bound', async () => {
  const script = new URL('../fixtures/million-adds.ts', import.meta.url)
  const run = promisify(execFile)
  // The young generation of V8 grows with any load: held small, what is left of the growth is ours.
  const flags = ['--conditions=@evenkeel/source', '--expose-gc', '--max-semi-space-size=4']
  const { stdout } = await run(process.execPath, [...flags, script.pathname], { timeout: 60_000 })
  const { accepted, refused, dropped, grownMb, heldMb, boundMb } = JSON.parse(stdout) as Record<string, number>
  assert.equal((accepted ?? 0) + (refused ?? 0), 1_000_000)
  assert.ok((dropped ?? 0) > 900_000, `${dropped} dropped`)
  assert.ok((heldMb ?? 0) <= (boundMb ?? 0) + 4, `${heldMb} MB held with a bound of ${boundMb} MB`)
  assert.ok((grownMb ?? 0) <= 2 * (boundMb ?? 0) + 30, `grew by ${grownMb} MB with a bound of ${boundMb} MB`)
})
