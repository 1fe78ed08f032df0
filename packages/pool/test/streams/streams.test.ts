import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, before, test } from 'node:test'
import type { AnsweredRun, OpenRequest, Pool, StreamItem } from '@evenkeel/pool'
import { collect, outputOf, processPool, request } from '../support/process-pool.ts'
import { testEngine } from '../support/test-engine.ts'
import { createPool } from '@evenkeel/pool'

let pool: Pool
before(async () => (pool = await processPool()))
after(() => pool.close())

async function answered(exported: string, fields: Parameters<typeof request>[1] = {}): Promise<AnsweredRun> {
  const run = await pool.open(request(exported, fields))
  if (run.status !== 'answered') throw new Error(`no answer: ${JSON.stringify(run.report)}`)
  return run
}

const bodies: readonly [name: string, body: OpenRequest['body'], text: string][] = [
  ['no body', undefined, ''],
  ['an empty body', new Uint8Array(0), ''],
  ['bytes', Buffer.from('größe'), 'größe'],
  ['text', 'größe', 'größe'],
  ['a Node stream', Readable.from([Buffer.from('gr'), Buffer.from('öße')]), 'größe'],
  ['a web stream', new Blob(['größe']).stream(), 'größe'],
]
for (const [name, body, text] of bodies) {
  test(`head and body go in and come out: ${name}`, async () => {
    const run = await answered('http', { input: '{"path":"/ü"}', ...(body === undefined ? {} : { body }) })
    assert.deepEqual(run.head, { status: 200, echo: { path: '/ü' } })
    assert.equal((await collect(run.body)).toString(), text)
    assert.equal((await run.done).outcome.status, 'ok')
  })
}

test('10 MB of random bytes come back as they were', async () => {
  const bytes = randomBytes(10 * 1024 * 1024)
  const run = await answered('http', { body: bytes })
  assert.equal(digest(await collect(run.body)), digest(bytes))
})

test('messages keep their kind and their boundaries, empty and large ones too', async () => {
  const large = randomBytes(1_000_000)
  const sent = ['', 'ü', new Uint8Array(0), Buffer.from('binary'), 'x'.repeat(300_000), large]
  const run = await answered('socket', { body: Readable.from(sent), messages: true })
  const received: StreamItem[] = []
  for await (const message of run.body) received.push(message)
  const expected = sent.flatMap((message) => [message, `${typeof message}:${message.length}`])
  assert.equal(received.length, expected.length)
  for (const [index, message] of received.entries()) {
    const other = expected[index] ?? ''
    assert.equal(typeof message, typeof other)
    assert.ok(Buffer.from(message).equals(Buffer.from(other)))
  }
})

test('a message over the limit is refused by the sender', async () => {
  const run = await answered('socket', { body: Readable.from([Buffer.alloc(17 * 1024 * 1024)]), messages: true })
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET', message: /limit is 16777216 bytes/ })
  assert.equal((await run.done).outcome.status, 'failed')
  assert.equal(await outputOf(pool, 'count'), 1)
})

test('an answer that nobody reads holds the program back within its window', async () => {
  const run = await answered('fountain', { input: '{"chunks":10000}' })
  const written = await steady(async () => ((await outputOf(pool, 'state')) as { written: number }).written)
  assert.ok(written * 16_384 <= 256 * 1024 + 16_384, `${written} chunks were written`)
  assert.ok(written * 16_384 >= 128 * 1024, `${written} chunks were written`)
  await run[Symbol.asyncDispose]()
  const { stopped } = (await outputOf(pool, 'state')) as { stopped: boolean }
  assert.equal(stopped, true)
  assert.deepEqual(endOf(await run.done), 'ended:cancelled')
})

test('a reader that breaks off stops the program', async () => {
  const run = await answered('fountain', { input: '{"chunks":10000}' })
  for await (const chunk of run.body) {
    assert.ok(chunk.length > 0)
    break
  }
  assert.equal(endOf(await run.done), 'failed')
})

test('a body that the program does not read is not pulled beyond its window', async () => {
  let pulled = 0
  let released = false
  async function* source(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        pulled += 1
        yield Buffer.alloc(16_384)
      }
    } finally {
      released = true
    }
  }
  const run = await answered('sip', { body: source() })
  const iterator = run.body
  assert.deepEqual(await iterator.next(), { done: false, value: 'read 16384' })
  const settled = await steady(() => Promise.resolve(pulled))
  assert.ok(settled * 16_384 <= 256 * 1024 + 3 * 16_384, `${settled} chunks were pulled`)
  run.cancel()
  assert.equal(endOf(await run.done), 'ended:cancelled')
  await steady(() => Promise.resolve(pulled))
  assert.equal(released, true)
})

test('a program that needs no more of its body lets the source go', async () => {
  const source = Readable.from(
    (function* () {
      for (;;) yield Buffer.alloc(10_000)
    })(),
  )
  const run = await answered('takeOne', { body: source })
  assert.equal((await collect(run.body)).toString(), 'took 10000')
  assert.equal(endOf(await run.done), 'ok')
  await steady(() => Promise.resolve(source.destroyed))
  assert.equal(source.destroyed, true)
})

test('a body that breaks off in the source fails in the program', async () => {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('first')
    throw new Error('the client is gone')
  }
  const run = await answered('http', { body: source() })
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET' })
  const { outcome } = await run.done
  assert.ok(outcome.status === 'failed' && /the client is gone/.test(outcome.error.message))
})

test('half an answer is never taken for a whole one', async () => {
  const run = await answered('throwsAfterHead')
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET', message: /broke in the middle/ })
  assert.equal(endOf(await run.done), 'failed')
})

test('the wall limit resets an answer whose reader is slow, and the host lives on', async () => {
  const pids = pool.hostPids()
  const run = await answered('fountain', { input: '{"chunks":10000}', wallMs: 200 })
  assert.equal(endOf(await run.done), 'ended:wall')
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET', message: /wall/ })
  assert.deepEqual(pool.hostPids(), pids)
})

test('the abort of the signal ends the run', async () => {
  const controller = new AbortController()
  const run = await answered('sip', { body: 'abc', signal: controller.signal })
  controller.abort()
  assert.equal(endOf(await run.done), 'ended:cancelled')
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET' })
})

test('the death of the host breaks the answer off', async () => {
  const run = await answered('sip', { body: 'abc' })
  for (const pid of pool.hostPids()) process.kill(pid, 'SIGKILL')
  assert.equal(endOf(await run.done), 'ended:host_lost')
  await assert.rejects(collect(run.body), { code: 'EK_POOL_STREAM_RESET', message: /host_lost/ })
})

test('a program without a head is unanswered and gives its output', async () => {
  const run = await pool.open(request('render', { input: '{"title":"x"}' }))
  assert.ok(run.status === 'unanswered' && run.report.outcome.status === 'ok')
  assert.equal(Buffer.from(run.report.outcome.output).toString(), '<h1>x</h1>')
})

test('a second head, and a head in a whole run, are errors of the program', async () => {
  const second = await answered('twoHeads')
  assert.equal(endOf(await second.done), 'failed')
  const { outcome } = await pool.run(request('responds'))
  assert.ok(outcome.status === 'failed' && /not opened as a stream/.test(outcome.error.message))
})

test('Node streams can be used in the program', async () => {
  const bytes = randomBytes(1_000_000)
  const run = await answered('node', { body: Readable.from([bytes.subarray(0, 500_000), bytes.subarray(500_000)]) })
  assert.equal(digest(await collect(run.body)), digest(bytes))
})

test('many streams share the pipe of one host', async () => {
  const texts = Array.from({ length: 30 }, (_, index) => `${index} `.repeat(20_000))
  const echoed = await Promise.all(
    texts.map(async (text) => (await collect((await answered('http', { body: Buffer.from(text) })).body)).toString()),
  )
  assert.deepEqual(echoed, texts)
})

test('open streams learn that their host is replaced, and end in good order', async () => {
  await using own = await processPool()
  const run = await own.open(request('untilDrained'))
  assert.ok(run.status === 'answered')
  await own.recycleAll()
  assert.notEqual(await outputOf(own, 'pid'), run.head)
  assert.equal((await collect(run.body)).toString(), 'going away')
  assert.equal(endOf(await run.done), 'ok')
})

test('open streams learn that the pool closes', async () => {
  const own = await processPool()
  const run = await own.open(request('untilDrained'))
  assert.ok(run.status === 'answered')
  const closing = own.close({ deadlineMs: 60_000 })
  assert.equal((await collect(run.body)).toString(), 'going away')
  await closing
})

test('an engine without streams refuses to open', async () => {
  await using whole = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  await assert.rejects(whole.open(request('echo')), { code: 'EK_POOL_STREAM_UNSUPPORTED', fault: 'caller' })
})

function endOf({ outcome }: Awaited<AnsweredRun['done']>): string {
  return 'reason' in outcome ? `${outcome.status}:${outcome.reason}` : outcome.status
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Reads a value until it has stayed the same for ten round trips through the pool. */
async function steady<T>(read: () => Promise<T>): Promise<T> {
  let last = await read()
  for (let same = 0; same < 10;) {
    await outputOf(pool, 'options')
    const next = await read()
    same = next === last ? same + 1 : 0
    last = next
  }
  return last
}
