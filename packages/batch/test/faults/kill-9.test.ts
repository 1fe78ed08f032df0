import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import { seededRandom } from '../helpers/bench.ts'
import { runFixture } from '../helpers/child.ts'
import { HttpSink } from '../helpers/http-sink.ts'

test('kill -9 at twenty random moments in write-ahead mode: every acknowledged event arrives, once', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-kill-'))
  const sink = await new HttpSink().listen()
  t.after(async () => {
    await sink.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const random = seededRandom(20)
  sink.answer = () => (random() < 0.2 ? 503 : undefined)
  const acknowledged: number[] = []
  for (let round = 0; round < 20; round += 1) {
    const args = [sink.url, folder, 'wal', String(round * 1_000_000)]
    const { child, ready, ended } = runFixture('acknowledger.ts', args)
    await ready
    await sleep(random() * 120)
    child.kill('SIGKILL')
    const { stdout, stderr } = await ended
    assert.equal(stderr, '')
    acknowledged.push(...completeLines(stdout))
  }
  sink.answer = () => undefined
  const last = new ScriptedTransport()
  const batch = new BatchProcessor({
    transport: { name: 'http', send: last.send.bind(last) },
    exit: 'none',
    spill: { folder },
  })
  await batch.recovered
  assert.equal((await batch.close({ deadlineMs: 30_000 })).status, 'done')
  // The last round is read from a second destination; a batch that the first has already is known to it by its id.
  const known = new Set([...sink.events, ...last.delivered].map((event) => (JSON.parse(event) as { n: number }).n))
  const missing = acknowledged.filter((n) => !known.has(n))
  assert.ok(acknowledged.length > 1000, `${acknowledged.length} acknowledged`)
  assert.deepEqual(missing, [])
  const all = [...sink.events]
  assert.equal(new Set(all).size, all.length, 'what comes twice comes under the same batch id')
})

test('kill -9 in overflow mode: exactly what was only in memory is missing', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-kill-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const { child, ready, ended } = runFixture('acknowledger.ts', ['http://127.0.0.1:9/', folder, 'overflow'], 6000)
  await ready
  child.kill('SIGKILL')
  const acknowledged = completeLines((await ended).stdout)
  const next = new ScriptedTransport()
  const batch = new BatchProcessor({ transport: next, exit: 'none', spill: { folder } })
  await batch.recovered
  await batch.close({ deadlineMs: 30_000 })
  assert.equal(new Set(next.delivered).size, next.delivered.length)
  assert.ok(acknowledged.length >= 6000, `${acknowledged.length} accepted: more than memory holds`)
  assert.ok(acknowledged.length - next.delivered.length <= 2000, 'no more than the bound of memory is missing')
})

/** A killed process may leave half a line. */
function completeLines(output: string): number[] {
  return output
    .split('\n')
    .slice(0, -1)
    .map((line) => Number(line))
}
