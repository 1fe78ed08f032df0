import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { SpillOptions } from '../../src/options/options.ts'
import { encodeFrame } from '../../src/spill/frame.ts'
import { assertBalanced, numbered, numbersOf, type Numbered } from '../helpers/bench.ts'
import { runFixture } from '../helpers/child.ts'
import { FailingFiles } from '../helpers/failing-files.ts'
import { HttpSink } from '../helpers/http-sink.ts'

const down = () => ({ status: 'retry', blame: 'destination' }) as const

for (const [operation, code] of [
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['create', 'EACCES'],
  ['sync', 'EIO'],
] as const) {
  for (const mode of ['overflow', 'wal'] as const) {
    test(`${mode}: ${operation} fails with ${code}: the events stay in memory, add says full, nothing is lost`, async (t) => {
      const files = new FailingFiles()
      const { batch, sink } = processor(await folderFor(t), { files, mode, fsync: 'batch' })
      files.fail(operation, code)
      const results = batch.addMany(numbered(300))
      assert.equal(results.accepted, 100)
      if (mode === 'wal') sink.reply = () => ({ status: 'delivered' })
      await settled(() => (batch.stats().destinations[0]?.spill?.failedWrites ?? 0) > 0)
      assertBalanced(batch.stats())
      assert.equal(batch.stats().spilled, 0)
      if (mode === 'wal') {
        await settled(() => batch.stats().buffered + batch.stats().inFlight === 0)
        assert.equal(await batch.offer({ n: 999 }), 'volatile')
      }
      files.failing.clear()
      sink.reply = () => ({ status: 'delivered' })
      assert.equal((await batch.close({ deadlineMs: 10_000 })).status, 'done')
      assert.deepEqual(
        numbersOf(sink.delivered).slice(0, 100),
        numbered(100).map(({ n }) => n),
      )
    })
  }
}

test('the disk recovers from a failed write: later batches are written to a new file and read back', async (t) => {
  const files = new FailingFiles()
  const { batch, sink } = processor(await folderFor(t), { files })
  files.fail('write', 'ENOSPC')
  batch.addMany(numbered(80))
  await settled(() => files.failures > 0)
  files.failing.clear()
  for (const event of numbered(200, 80)) assert.equal(await batch.offer(event), 'accepted')
  assert.ok(batch.stats().spilled > 100)
  sink.reply = () => ({ status: 'delivered' })
  await batch.close({ deadlineMs: 10_000 })
  assert.deepEqual(
    numbersOf(sink.delivered),
    numbered(280).map(({ n }) => n),
  )
})

test('a batch that can no longer be read is counted as corrupt, and the others are delivered', async (t) => {
  const files = new FailingFiles()
  const { batch, sink } = processor(await folderFor(t), { files })
  for (const event of numbered(200)) await batch.offer(event)
  await settled(() => batch.stats().spilled >= 100)
  files.fail('read', 'EIO')
  sink.reply = () => ({ status: 'delivered' })
  await batch.close({ deadlineMs: 10_000 })
  const { dropped, delivered } = batch.stats()
  assert.ok(dropped.corrupt >= 100 && dropped.corrupt < 200, `${dropped.corrupt} corrupt`)
  assert.equal(dropped.corrupt + delivered, 200)
  assertBalanced(batch.stats())
})

test('a file that cannot be removed stops nothing', async (t) => {
  const files = new FailingFiles()
  const { batch, sink } = processor(await folderFor(t), { files, segmentBytes: 1024 })
  for (const event of numbered(300)) await batch.offer(event)
  files.fail('remove', 'EBUSY')
  sink.reply = () => ({ status: 'delivered' })
  assert.equal((await batch.close({ deadlineMs: 10_000 })).delivered, 300)
})

test('maxBytes of the spill is obeyed: then memory fills, and add says full', async (t) => {
  const { batch, sink } = processor(await folderFor(t), { maxBytes: 4096, segmentBytes: 1024 })
  let accepted = 0
  for (let round = 0; round < 100; round += 1) {
    accepted += batch.addMany(numbered(10, round * 10)).accepted
    await new Promise((resolve) => setImmediate(resolve))
  }
  assert.ok(accepted < 1000)
  assert.ok((batch.stats().destinations[0]?.spill?.bytes ?? 0) <= 4096)
  sink.reply = () => ({ status: 'delivered' })
  assert.equal((await batch.close({ deadlineMs: 10_000 })).delivered, accepted)
})

test('every truncation and every flipped byte of a segment: it starts, counts, delivers the rest, and goes on', async (t) => {
  const folder = await folderFor(t)
  const frames = [0, 1, 2].map((number) => frameOf(number))
  const whole = Buffer.concat(frames)
  for (let at = 0; at < whole.length; at += 3) {
    await damagedStart(folder, whole.subarray(0, at), { expected: framesBefore(frames, at), corrupt: 0 })
    const flipped = Buffer.from(whole)
    flipped.writeUInt8((flipped.readUInt8(at) ^ 0x40) & 0xff, at)
    const damaged = framesBefore(frames, at)
    const expected = [0, 1, 2].filter((number) => number !== damaged.length)
    await damagedStart(folder, flipped, { expected, corrupt: undefined })
  }
})

test('a segment that disappears, and files that are not ours, stop nothing', async (t) => {
  const folder = await folderFor(t)
  await writeFile(join(folder, '000000000001.seg'), frameOf(1))
  await writeFile(join(folder, '000000000007.seg'), '')
  await writeFile(join(folder, '000000000009.seg'), encodeFrame({ kind: 'ack', batchIds: ['unknown'] }))
  await writeFile(join(folder, 'notes.txt'), 'mine')
  const { batch, sink } = processor(folder, {}, () => ({ status: 'delivered' }))
  await batch.recovered
  await batch.close()
  assert.equal(sink.delivered.length, 1)
  assert.deepEqual(await readdir(folder), ['notes.txt'])
  assert.equal(await readFile(join(folder, 'notes.txt'), 'utf8'), 'mine')
})

test('an acknowledged batch is not sent again, wherever the acknowledgement lies', async (t) => {
  const folder = await folderFor(t)
  const ack = encodeFrame({ kind: 'ack', batchIds: ['batch-1'] })
  await writeFile(join(folder, '000000000001.seg'), Buffer.concat([frameOf(0), frameOf(1)]))
  await writeFile(join(folder, '000000000002.seg'), Buffer.concat([ack, frameOf(2)]))
  const { batch, sink } = processor(folder, {}, () => ({ status: 'delivered' }))
  await batch.recovered
  await batch.close()
  assert.deepEqual(sink.delivered, ['{"n":0}', '{"n":2}'])
})

test('two processors on one folder: the second is refused, in this process and in another', async (t) => {
  const folder = await folderFor(t)
  const { batch } = processor(folder, {})
  assert.throws(() => processor(folder, {}), { code: 'EK_BATCH_SPILL_LOCKED', fault: 'caller' })
  const settings = JSON.stringify({ url: 'http://127.0.0.1:9/', events: 0, folder })
  const other = await runFixture('ending.ts', ['natural', settings]).ended
  assert.match(other.stderr, new RegExp(`EK_BATCH_SPILL_LOCKED`))
  await batch.close({ deadlineMs: 0 })
  const { batch: next } = processor(folder, {})
  await next.close()
})

test('the lock of a process that is gone is taken over, also when its id is in use again', async (t) => {
  const folder = await folderFor(t)
  for (const owner of [
    { pid: 2 ** 30, startedAt: '1', nonce: 'a' },
    { pid: process.pid, startedAt: '1', nonce: 'b' },
    'garbage',
  ]) {
    writeFileSync(join(folder, 'lock'), typeof owner === 'string' ? owner : JSON.stringify(owner))
    const { batch } = processor(folder, {})
    await batch.close()
  }
})

test('a folder that cannot be used is an error of its own', async (t) => {
  const file = join(await folderFor(t), 'file')
  writeFileSync(file, '')
  assert.throws(() => processor(join(file, 'below'), {}), { code: 'EK_BATCH_SPILL_UNUSABLE', fault: 'system' })
})

test('a killed process leaves its lock, and the next one starts', async (t) => {
  const folder = await folderFor(t)
  const sink = await new HttpSink().listen()
  t.after(() => sink.stop())
  const { child, ready, ended } = runFixture('ending.ts', [
    'wait',
    JSON.stringify({ url: sink.url, events: 0, folder }),
  ])
  await ready
  child.kill('SIGKILL')
  await ended
  assert.ok((await readdir(folder)).includes('lock'))
  const { batch } = processor(folder, {})
  await batch.close()
})

function processor(
  folder: string,
  spill: Omit<SpillOptions, 'folder'>,
  reply: ScriptedTransport['reply'] = down,
): { readonly batch: BatchProcessor<Numbered>; readonly sink: ScriptedTransport } {
  const sink = new ScriptedTransport(reply)
  const batch = new BatchProcessor<Numbered>({
    transport: sink,
    exit: 'none',
    ordering: 'per-key',
    batch: { maxEvents: 10, maxAgeMs: 5 },
    buffer: { maxEvents: 100 },
    retry: { baseMs: 1, capMs: 5 },
    spill: { folder, groupMs: 0, ...spill },
  })
  return { batch, sink }
}

async function damagedStart(
  folder: string,
  segment: Buffer,
  wanted: { readonly expected: readonly number[]; readonly corrupt: number | undefined },
): Promise<void> {
  await mkdir(folder, { recursive: true })
  await writeFile(join(folder, '000000000001.seg'), segment)
  const { batch, sink } = processor(folder, {}, () => ({ status: 'delivered' }))
  await batch.recovered
  const corrupt = batch.stats().destinations[0]?.spill?.corruptFrames
  batch.add({ n: 99 })
  await batch.close()
  assert.deepEqual(numbersOf(sink.delivered), [...wanted.expected, 99])
  if (wanted.corrupt !== undefined) assert.equal(corrupt, wanted.corrupt)
  assertBalanced(batch.stats())
  await rm(folder, { recursive: true })
}

function frameOf(number: number): Buffer {
  const bytes = Buffer.from(`{"n":${number}}\n`)
  return encodeFrame({
    kind: 'events',
    batchId: `batch-${number}`,
    key: undefined,
    from: 0,
    ids: undefined,
    ends: [bytes.length],
    bytes,
  })
}

/** The numbers of the frames that lie wholly before an offset. */
function framesBefore(frames: readonly Buffer[], offset: number): number[] {
  let end = 0
  return frames.flatMap((frame, number) => ((end += frame.length) <= offset ? [number] : []))
}

async function settled(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 5000 && !condition(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 1))
  assert.ok(condition(), 'the condition was never met')
}

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-disk-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  return folder
}
