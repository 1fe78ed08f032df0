import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { fileTransport } from '../../src/file/file-transport.ts'
import { stdoutTransport } from '../../src/file/stdout-transport.ts'
import { numbered } from '../helpers/bench.ts'

const quick = { exit: 'none', retry: { baseMs: 1, capMs: 5 } } as const

test(
  'a full device fails the send, and the events are kept for a later attempt',
  {
    skip: existsSync('/dev/full') ? false : 'this system has no device that is always full',
  },
  async () => {
    const batch = new BatchProcessor({ ...quick, transport: fileTransport({ path: '/dev/full' }) })
    batch.addMany(numbered(5))
    const report = await batch.flush({ deadlineMs: 100 })
    assert.deepEqual([report.status, report.pending], ['deadline', 5])
    await batch.close({ deadlineMs: 0 })
  },
)

test('a file grows at its end and is set aside at its size', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-file-'))
  const path = join(folder, 'events.ndjson')
  await writeFile(path, '{"n":"earlier"}\n')
  const batch = new BatchProcessor({
    ...quick,
    transport: fileTransport({ path, rotateBytes: 200 }),
    batch: { maxEvents: 10 },
    inFlight: 1,
  })
  batch.addMany(numbered(100))
  await batch.close()
  const names = await readdir(folder)
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  assert.ok(names.length >= 3, names.join())
  assert.equal(texts.join('').split('\n').length, 1 + 100 + 1)
  await rm(folder, { recursive: true })
})

test('a stream that breaks fails the send and not the process', async () => {
  const stream = new Writable({
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  const batch = new BatchProcessor({ ...quick, transport: stdoutTransport({ stream }) })
  batch.addMany(numbered(5))
  assert.equal((await batch.close({ deadlineMs: 50 })).status, 'deadline')
})
