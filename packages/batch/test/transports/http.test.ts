import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { test, type TestContext } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import type { DeadLetter } from '../../src/options/options.ts'
import { httpTransport, type HttpTransportOptions } from '../../src/http/http-transport.ts'
import { numbered, type Numbered } from '../helpers/bench.ts'
import { HttpSink, type ReceivedRequest } from '../helpers/http-sink.ts'

for (const statusCode of [500, 502, 503, 504, 408, 425, 429]) {
  test(`${statusCode} is sent again, under the same idempotency key`, async (t) => {
    const { batch, sink } = await setUp(t)
    sink.answer = () => (sink.requests.length < 3 ? statusCode : 200)
    batch.addMany(numbered(3))
    assert.equal((await batch.close()).delivered, 3)
    assert.equal(sink.requests.length, 3)
    assert.equal(new Set(sink.requests.map(keyOf)).size, 1)
  })
}

for (const statusCode of [400, 404, 405, 410, 415, 422, 501, 505, 302]) {
  test(`${statusCode} is not sent again: dead letters with the status and what the destination said`, async (t) => {
    const { batch, sink, letters } = await setUp(t)
    sink.answer = (_request, response) => {
      response.writeHead(statusCode, statusCode === 302 ? { location: '/elsewhere' } : {}).end('because')
      return statusCode
    }
    batch.addMany(numbered(3))
    assert.equal((await batch.close()).deadLettered, 3)
    assert.equal(sink.requests.length, 1)
    assert.equal(letters[0]?.statusCode, statusCode)
    assert.match(String(letters[0]?.cause), /because/)
  })
}

test('401 and 403 stop all sending and keep the events until the credentials are right', async (t) => {
  let token = 'wrong'
  const { batch, sink } = await setUp(t, { headers: async () => ({ authorization: token }) })
  sink.answer = ({ headers }) => (headers.authorization === 'right' ? 200 : 401)
  batch.addMany(numbered(30))
  const flushed = batch.flush({ deadlineMs: 200 })
  assert.equal((await flushed).status, 'deadline')
  assert.notEqual(batch.stats().destinations[0]?.gate, 'closed')
  token = 'right'
  assert.equal((await batch.close()).delivered, 30)
})

test('413 is split until it passes', async (t) => {
  const { batch, sink } = await setUp(t)
  sink.answer = ({ events }) => (events.length > 3 ? 413 : 200)
  batch.addMany(numbered(10))
  assert.equal((await batch.close()).delivered, 10)
  assert.deepEqual(sink.events.length, 10)
})

test('splitOn finds the one event that a destination rejects', async (t) => {
  const { batch, sink, letters } = await setUp(t, { splitOn: [400, 422] })
  sink.answer = ({ events }) => (events.includes('{"n":7}') ? 422 : 200)
  batch.addMany(numbered(10))
  await batch.close()
  assert.equal(sink.events.length, 9)
  assert.deepEqual(
    letters.map(({ data }) => Buffer.from(data).toString()),
    ['{"n":7}'],
  )
})

test('readPartial: only what the answer names is sent again', async (t) => {
  const { batch, sink } = await setUp(t, {
    readPartial: ({ statusCode, body }) =>
      statusCode === 207
        ? (JSON.parse(body) as number[]).map((index) => ({ index, retryable: true, reason: 'busy' }))
        : [],
  })
  sink.answer = (_request, response) => {
    if (sink.requests.length > 1) return 200
    response.writeHead(207).end('[1,3]')
    return 207
  }
  batch.addMany(numbered(5))
  assert.equal((await batch.close()).delivered, 5)
  assert.deepEqual(sink.requests[1]?.events, ['{"n":1}', '{"n":3}'])
})

test('Retry-After of an answer is obeyed', async (t) => {
  const { batch, sink } = await setUp(t)
  const at: number[] = []
  sink.answer = (_request, response) => {
    at.push(performance.now())
    if (at.length > 1) return 200
    response.writeHead(429, { 'retry-after': '1' }).end()
    return 429
  }
  batch.add({ n: 1 })
  await batch.close()
  const waitedMs = (at[1] ?? 0) - (at[0] ?? 0)
  assert.ok(waitedMs >= 990, `${waitedMs} ms`)
})

test('a connection reset in the middle of the body or of the answer is sent again', async (t) => {
  const { batch, sink } = await setUp(t)
  sink.answer = (_request, response) => {
    if (sink.requests.length > 2) return 200
    if (sink.requests.length === 2) response.writeHead(200, { 'content-length': '100' }).write('half')
    response.socket?.destroy()
    return 500
  }
  batch.addMany(numbered(3))
  assert.equal((await batch.close()).delivered, 3)
  assert.equal(sink.requests.length, 3)
})

test('a server that never answers: the attempt ends at the request timeout', async (t) => {
  const { batch, sink } = await setUp(t, {}, { requestTimeoutMs: 100 })
  sink.answer = () => (sink.requests.length === 1 ? new Promise<number>(() => undefined) : 200)
  batch.add({ n: 1 })
  assert.equal((await batch.close()).delivered, 1)
  assert.equal(sink.requests.length, 2)
})

test('a name that does not resolve and a server that speaks no TLS are retried until the deadline', async (t) => {
  const plain = createServer((socket) => void socket.on('error', () => undefined).end('not TLS'))
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  t.after(() => plain.close())
  const { port } = plain.address() as { port: number }
  for (const url of ['http://no-such-host.invalid/', `https://127.0.0.1:${port}/`]) {
    const batch = new BatchProcessor({
      transport: httpTransport({ url }),
      exit: 'none',
      retry: { baseMs: 1, capMs: 10 },
    })
    batch.add({ n: 1 })
    const report = await batch.close({ deadlineMs: 300 })
    assert.deepEqual([report.status, report.dropped.closed + report.dropped.abandoned], ['deadline', 1], url)
  }
})

test('headers, content type and encoding say what is sent', async (t) => {
  const { batch, sink } = await setUp(t, {
    format: 'json-array',
    compression: { codec: 'zstd', minBytes: 0 },
    idempotencyHeader: 'x-batch',
    headers: { 'x-api-key': 'k' },
  })
  batch.addMany(numbered(2))
  await batch.close()
  const { headers, body } = sink.requests[0] as ReceivedRequest
  assert.deepEqual(
    [headers['content-type'], headers['content-encoding'], headers['x-api-key'], body],
    ['application/json', 'zstd', 'k', '[{"n":0},{"n":1}]'],
  )
  assert.match(String(headers['x-batch']), /^[\da-f-]{36}$/)
})

test('wrong options are refused with their name', () => {
  const wrong: [object, RegExp][] = [
    [{ url: 'ftp://x' }, /"url"/],
    [{ url: 'http://x', format: 'xml' }, /"format"/],
    [{ url: 'http://x', compression: 'brotli' }, /"compression"/],
    [{ url: 'http://x', compression: { codec: 'gzip', level: 10 } }, /"compression.level"/],
    [{ url: 'http://x', conections: 3 }, /"conections"/],
  ]
  for (const [options, message] of wrong) {
    assert.throws(() => httpTransport(options as HttpTransportOptions), { code: 'EK_BATCH_OPTION', message })
  }
})

async function setUp(
  t: TestContext,
  http: Partial<HttpTransportOptions> = {},
  options: { readonly requestTimeoutMs?: number } = {},
): Promise<{ readonly batch: BatchProcessor<Numbered>; readonly sink: HttpSink; readonly letters: DeadLetter[] }> {
  const sink = await new HttpSink().listen()
  t.after(() => sink.stop())
  const letters: DeadLetter[] = []
  const batch = new BatchProcessor<Numbered>({
    transport: httpTransport({ url: sink.url, ...http }),
    exit: 'none',
    retry: { baseMs: 5, capMs: 20 },
    deadLetter: (list) => void letters.push(...list),
    ...options,
  })
  return { batch, sink, letters }
}

function keyOf({ headers }: ReceivedRequest): string {
  return String(headers['idempotency-key'])
}
