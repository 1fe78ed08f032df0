import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import { runFixture, type Ended } from '../helpers/child.ts'
import { HttpSink } from '../helpers/http-sink.ts'

test('natural end: what was added is delivered, without a close', async (t) => {
  const { sink } = await setUp(t)
  const ended = await runFixture('ending.ts', ['natural', JSON.stringify({ url: sink.url, events: 5 })]).ended
  assert.deepEqual([ended.code, ended.stderr], [0, ''])
  assert.equal(sink.events.length, 5)
})

test('natural end of an idle process: nothing keeps it alive', async (t) => {
  const { sink } = await setUp(t)
  const idle = await runFixture('ending.ts', ['natural', JSON.stringify({ url: sink.url, events: 0 })]).ended
  const bare = await runFixture('ending.ts', ['natural', JSON.stringify({ url: sink.url, events: 0, exit: 'none' })])
    .ended
  assert.deepEqual([idle.code, bare.code], [0, 0])
  assert.ok(idle.lifeMs < 5000, `${idle.lifeMs} ms with the default age of a minute`)
})

test('natural end with a destination that refuses: the deadline holds, and the loss is said', async (t) => {
  await setUp(t)
  const settings = { url: 'http://127.0.0.1:9/', events: 5, closeDeadlineMs: 200 }
  const ended = await runFixture('ending.ts', ['natural', JSON.stringify(settings)]).ended
  assert.equal(ended.code, 0)
  assert.match(ended.stderr, /5 events were not delivered/)
  assert.ok(ended.lifeMs < 8000)
})

for (const [ending, code, mode] of [
  ['process.exit', 0, 'overflow'],
  ['uncaught', 1, 'overflow'],
  ['process.exit', 0, 'wal'],
] as const) {
  test(`${ending}, ${mode}: what is left is written to disk, and the exit code is the application's`, async (t) => {
    const { sink, folder } = await setUp(t)
    sink.answer = () => new Promise(() => undefined)
    const ended = await runFixture('ending.ts', [ending, JSON.stringify({ url: sink.url, events: 1700, folder, mode })])
      .ended
    assert.equal(ended.code, code)
    assert.equal(await recoveredFrom(folder), 1700)
  })
}

test('SIGTERM with 5000 pending and a slow destination: all delivered, and the process dies by the signal', async (t) => {
  const { sink, folder } = await setUp(t)
  slow(sink, 300)
  const { child, ready, ended } = runFixture('ending.ts', ['wait', settingsFor(sink, folder, 'signals')])
  await ready
  child.kill('SIGTERM')
  const end = await ended
  assert.deepEqual([end.code, end.signal], [null, 'SIGTERM'])
  assert.equal(sink.events.length + (await recoveredFrom(folder)), 5000)
  assert.equal(sink.events.length, 5000)
})

test('a second SIGTERM ends at once: delivered and spilled together are all', async (t) => {
  const { sink, folder } = await setUp(t)
  slow(sink, 60_000)
  const { child, ready, ended } = runFixture('ending.ts', ['wait', settingsFor(sink, folder, 'signals')])
  await ready
  child.kill('SIGTERM')
  await sleep(100)
  const askedAt = performance.now()
  child.kill('SIGTERM')
  const end = await ended
  assert.equal(end.signal, 'SIGTERM')
  assert.ok(performance.now() - askedAt < 5000)
  assert.equal(await recoveredFrom(folder), 5000)
})

test("the application's own handler and exit code are untouched", async (t) => {
  const { sink, folder } = await setUp(t)
  const end = await terminated('own handler', settingsFor(sink, folder, 'signals'))
  assert.deepEqual([end.code, end.signal], [7, null])
  assert.match(end.stdout, /application handler/)
  assert.equal(sink.events.length, 5000)
})

test('an application that exits at once in its handler: what is left is on disk', async (t) => {
  const { sink, folder } = await setUp(t)
  slow(sink, 60_000)
  const end = await terminated('own handler that exits', settingsFor(sink, folder, 'signals'))
  assert.equal(end.code, 7)
  assert.equal(await recoveredFrom(folder), 5000)
})

test('processors leave no listener on the process, and share one while they live', async () => {
  const counts = () =>
    (['beforeExit', 'exit', 'SIGTERM', 'SIGINT'] as const).map((event) => process.listenerCount(event))
  const before = counts()
  const many = Array.from(
    { length: 20 },
    () => new BatchProcessor({ transport: new ScriptedTransport(), exit: 'signals' }),
  )
  assert.deepEqual(
    counts(),
    before.map((count) => count + 1),
  )
  await Promise.all(many.map((batch) => batch.close()))
  assert.deepEqual(counts(), before)
})

async function terminated(ending: string, settings: string): Promise<Ended> {
  const { child, ready, ended } = runFixture('ending.ts', [ending, settings])
  await ready
  child.kill('SIGTERM')
  return ended
}

function settingsFor(sink: HttpSink, folder: string, exit: string): string {
  return JSON.stringify({ url: sink.url, events: 5000, folder, exit })
}

function slow(sink: HttpSink, ms: number): void {
  sink.answer = async () => {
    await sleep(ms, undefined, { ref: false })
    return 200
  }
}

async function setUp(t: TestContext): Promise<{ readonly sink: HttpSink; readonly folder: string }> {
  const sink = await new HttpSink().listen()
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-end-'))
  t.after(async () => {
    await sink.stop()
    await rm(folder, { recursive: true, force: true })
  })
  return { sink, folder }
}

/** Events that the next process finds and delivers. */
async function recoveredFrom(folder: string): Promise<number> {
  const next = new ScriptedTransport()
  const batch = new BatchProcessor({ transport: next, exit: 'none', spill: { folder } })
  await batch.recovered
  await batch.close()
  assert.equal(new Set(next.delivered).size, next.delivered.length, 'nothing comes back twice')
  return next.delivered.length
}
