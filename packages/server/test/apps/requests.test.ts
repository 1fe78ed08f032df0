import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { fetchApp, tempApp, type TempApp } from '../support/temp-app.ts'

/** Answers of one app, started once. */
let running: TempApp
before(async () => {
  running = await tempApp(
    {
      'app.ts': `
const later = new Map<string, (value: unknown) => void>()
let aborted = 0
${fetchApp(`
    switch (url.pathname) {
      case '/wait': await new Promise((resolve) => setTimeout(resolve, 50)); return Response.json({ ok: true })
      case '/at-once': return Response.json({ ok: true })
      case '/throw': throw new Error('secret detail')
      case '/sync': return undefined
      case '/nan': return Response.json({ value: NaN })
      case '/cycle': { const a: any = {}; a.a = a; return Response.json(a) }
      case '/empty404': return new Response(null, { status: 404 })
      case '/json': return Response.json(await request.json())
      case '/parse': return Response.json(JSON.parse('{own'))
      case '/echo': return new Response(request.body)
      case '/length': return new Response(String((await request.arrayBuffer()).byteLength))
      case '/cookies': { const h = new Headers(); h.append('set-cookie', 'a=1'); h.append('set-cookie', 'b=2'); return new Response('', { headers: h }) }
      case '/never': request.signal.addEventListener('abort', () => (aborted += 1)); return new Promise(() => {})
      case '/aborted': return Response.json(aborted)
      case '/context': return Response.json([context.requestId, context.remoteAddress])
      case '/large': return new Response('x'.repeat(5_000), { headers: { etag: '"e"' } })
      case '/recurse': { const f = (): number => f() + 1; return new Response(String(f())) }
    }
    return new Response('not found', { status: 404 })`)}`,
    },
    {
      limits: { handlerTimeoutMs: 400, maxBodyBytes: 100_000, maxHeaderBytes: 4_096, headTimeoutMs: 500 },
      compress: true,
    },
  )
})
after(() => running[Symbol.asyncDispose]())

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(running.url + path, init)

test('async handlers are awaited, a hundred at a time', async () => {
  const hundred = async (path: string): Promise<number> => {
    const startedAtMs = performance.now()
    const answers = await Promise.all(Array.from({ length: 100 }, async () => (await get(path)).json()))
    assert.ok(answers.every((answer) => (answer as { ok: boolean }).ok))
    return performance.now() - startedAtMs
  }
  await hundred('/at-once')
  const rounds: { readonly waiting: number; readonly atOnce: number }[] = []
  for (let round = 0; round < 5; round += 1)
    rounds.push({ atOnce: await hundred('/at-once'), waiting: await hundred('/wait') })
  // 50 ms for all together, and what a busy machine takes for a hundred that do not wait.
  const over = Math.min(...rounds.map(({ waiting, atOnce }) => waiting - Math.max(0, atOnce - 50)))
  assert.ok(over < 150, JSON.stringify(rounds))
})

test('what the app throws is a 500 without its message; the log has file, line and request id', async () => {
  const response = await get('/throw', { headers: { 'x-request-id': 'my-id' } })
  const body = await response.text()
  assert.equal(response.status, 500)
  assert.equal(response.headers.get('x-request-id'), 'my-id')
  assert.doesNotMatch(body, /secret|app\.ts/)
  assert.equal((JSON.parse(body) as { error: { code: string } }).error.code, 'EK_APP_THREW')
  const line = await running.logged(/request my-id/)
  assert.match(line, /GET \/throw failed/)
  assert.match(await running.logged(/app\.ts:11:\d+/), /at Object\.fetch/)
})

test('answers that are none are a 500, and data that JSON has no word for behaves as JSON does', async () => {
  const none = await get('/sync')
  assert.equal(none.status, 500)
  assert.equal(((await none.json()) as { error: { code: string } }).error.code, 'EK_APP_RESPONSE')
  assert.equal((await get('/cycle')).status, 500)
  assert.deepEqual(await (await get('/nan')).json(), { value: null })
  const empty = await get('/empty404')
  assert.deepEqual([empty.status, await empty.text()], [404, ''])
})

test('a body that is no JSON is the fault of the caller; text that the app parses is its own', async () => {
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{bad' }
  const response = await get('/json', post)
  assert.equal(response.status, 400)
  assert.equal((await get('/parse')).status, 500)
  assert.deepEqual(await (await get('/json', { ...post, body: '{"b":1,"a":2}' })).text(), '{"b":1,"a":2}')
})

test('binary bodies come back as they went, and repeated cookies stay', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
  const response = await get('/echo', { method: 'POST', body: bytes })
  assert.deepEqual(new Uint8Array(await response.arrayBuffer()), bytes)
  assert.deepEqual((await get('/cookies')).headers.getSetCookie(), ['a=1', 'b=2'])
})

test('a handler that never answers is a 504 whose signal is aborted, and others do not wait for it', async () => {
  const slow = get('/never')
  assert.equal((await get('/wait')).status, 200)
  const response = await slow
  assert.equal(response.status, 504)
  assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'EK_APP_TIMEOUT')
  assert.equal(await (await get('/aborted')).json(), 1)
})

test('endless recursion is an error of its request', async () => {
  assert.equal((await get('/recurse')).status, 500)
  assert.equal((await get('/empty404')).status, 404)
})

test('a body above the limit is a 413, announced or not', async () => {
  assert.equal((await get('/length', { method: 'POST', body: 'x'.repeat(100_000) })).status, 200)
  assert.equal((await get('/length', { method: 'POST', body: 'x'.repeat(100_001) })).status, 413)
  const answer = await raw('POST /length HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n', (socket) => {
    for (let sent = 0; sent < 20; sent += 1) socket.write(`2710\r\n${'x'.repeat(10_000)}\r\n`)
  })
  assert.match(answer, /^HTTP\/1\.1 413 /)
  assert.match(answer, /EK_REQUEST_TOO_LARGE/)
})

const shapes: readonly (readonly [name: string, head: string, status: number])[] = [
  ['a header above the limit', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(5_000)}\r\n\r\n`, 431],
  [
    'two lengths',
    'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    400,
  ],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['a bare line feed in a header', 'GET / HTTP/1.1\r\nhost: a\r\nx: 1\ny: 2\r\n\r\n', 400],
  ['an invalid percent encoding', 'GET /%zz HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n', 404],
  ['a head that does not end', 'GET / HTTP/1.1\r\nhost: a\r\n', 408],
]
for (const [name, head, status] of shapes) {
  test(`${name} is a ${status}`, async () => {
    assert.match(await raw(head), new RegExp(`^HTTP/1\\.1 ${status} `))
    assert.equal((await get('/empty404')).status, 404)
  })
}

test('the context knows the request', async () => {
  const [id, address] = (await (await get('/context')).json()) as [string, string]
  assert.match(id, /^[\da-f-]{36}$/)
  assert.equal(address, '127.0.0.1')
})

test('text is compressed for who accepts it, and its tag is weak then', async () => {
  const response = await get('/large', { headers: { 'accept-encoding': 'gzip' } })
  assert.equal(response.headers.get('content-encoding'), 'gzip')
  assert.equal(response.headers.get('etag'), 'W/"e"')
  assert.equal(await response.text(), 'x'.repeat(5_000))
  const plain = await get('/large', { headers: { 'accept-encoding': 'gzip;q=0' } })
  assert.equal(plain.headers.get('content-encoding'), null)
})

/** What a server answers to bytes, until it closes or has answered. */
async function raw(head: string, more?: (socket: Socket) => void): Promise<string> {
  const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(head)
  more?.(socket)
  let answer = ''
  for await (const chunk of socket) {
    answer += String(chunk)
    if (
      /\r\n\r\n.+/s.test(answer) ||
      /content-length: 0|^HTTP\/1\.1 (?:4\d\d|5\d\d) .*connection: close\r\n\r\n$/is.test(answer)
    )
      break
  }
  socket.destroy()
  return answer
}
