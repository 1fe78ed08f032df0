import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { fetchApp, until } from '../../support/temp-app.ts'
import { tempSite, type TempSite } from '../../support/temp-site.ts'

let site: TempSite
before(async () => {
  site = await tempSite(
    {
      'apps/app.ts': `
let pulled = 0, cancelled = 0, aborted = 0
${fetchApp(`
  switch (url.pathname) {
    case '/pid': return new Response(String(process.pid))
    case '/echo': return new Response(request.body, { headers: { 'x-method': request.method } })
    case '/length': return new Response(String((await request.arrayBuffer()).byteLength))
    case '/cookies': { const h = new Headers(); h.append('set-cookie', 'a=1'); h.append('set-cookie', 'b=2'); return new Response('', { headers: h }) }
    case '/empty': return new Response(null, { status: 204 })
    case '/early': return new Response('early', { status: 401 })
    case '/throw': throw new Error('secret detail')
    case '/never': request.signal.addEventListener('abort', () => (aborted += 1)); return new Promise(() => {})
    case '/endless': { pulled = 0
      return new Response(new ReadableStream({ pull(c) { pulled += 1; c.enqueue(new Uint8Array(65_536)) }, cancel() { cancelled += 1 } }, { highWaterMark: 0 })) }
    case '/half': return new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array(100)); setTimeout(() => c.error(new Error('broken')), 20) } }))
    case '/state': return Response.json({ pulled, cancelled, aborted })
  }
  return new Response('not found', { status: 404 })`)}`,
      'apps/express.js': `export default (request, response) => { request.pipe(response) }`,
    },
    {
      apps: {
        app: { limits: { maxBodyBytes: 3_000_000, writeIdleMs: 1_000 } },
        hasty: { file: 'apps/app.ts', limits: { handlerTimeoutMs: 400 } },
      },
    },
  )
})
after(() => site[Symbol.asyncDispose]())

const get = (path: string, init?: RequestInit): Promise<Response> => fetch(`${site.url}/app${path}`, init)
const state = async (): Promise<{ pulled: number; cancelled: number; aborted: number }> =>
  (await (await get('/state')).json()) as { pulled: number; cancelled: number; aborted: number }

test('bodies pass byte for byte, both ways, with and without a length; heads stay as they are', async () => {
  const bytes = randomBytes(2_000_000)
  for (const app of ['app', 'express']) {
    const sent = await fetch(`${site.url}/${app}/echo`, { method: 'PUT', body: bytes })
    assert.ok(Buffer.from(await sent.arrayBuffer()).equals(bytes), app)
    const body = new Blob([bytes]).stream()
    const streamed = await fetch(`${site.url}/${app}/echo`, { method: 'POST', body, duplex: 'half' } as RequestInit)
    assert.ok(Buffer.from(await streamed.arrayBuffer()).equals(bytes), app)
  }
  assert.deepEqual((await get('/cookies')).headers.getSetCookie(), ['a=1', 'b=2'])
  const empty = await get('/empty')
  assert.deepEqual([empty.status, await empty.text()], [204, ''])
  const head = await get('/pid', { method: 'HEAD' })
  assert.deepEqual([head.status, await head.text()], [200, ''])
})

test('a thousand requests on few connections are each answered with their own', async () => {
  const answers = await Promise.all(
    Array.from({ length: 1_000 }, async (_, index) =>
      (await get('/echo', { method: 'POST', body: String(index) })).text(),
    ),
  )
  assert.deepEqual(
    answers,
    Array.from({ length: 1_000 }, (_, index) => String(index)),
  )
})

test('what fails in the app is a 500 without its message, and what breaks off is no whole answer', async () => {
  const response = await get('/throw')
  assert.equal(response.status, 500)
  assert.doesNotMatch(await response.text(), /secret/)
  await assert.rejects(get('/half').then((half) => half.arrayBuffer()))
})

test('a handler that never answers is a 504, and its signal is aborted', async () => {
  const response = await fetch(`${site.url}/hasty/never`)
  assert.equal(response.status, 504)
  assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'EK_APP_TIMEOUT')
  await until(async () => {
    const { aborted } = (await (await fetch(`${site.url}/hasty/state`)).json()) as { aborted: number }
    return aborted === 1
  })
})

test('a visitor who leaves aborts the request in the runtime', async () => {
  const before = await state()
  const controller = new AbortController()
  const left = get('/endless', { signal: controller.signal })
  const reader = (await left).body?.getReader()
  await reader?.read()
  controller.abort()
  await until(async () => (await state()).cancelled > before.cancelled)
})

test('a reader that stops holds the app back, and is cut off; others do not notice', async () => {
  const { port } = new URL(site.url)
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  socket.on('error', () => undefined)
  socket.write('GET /app/endless HTTP/1.1\r\nhost: localhost\r\n\r\n')
  await once(socket, 'readable')
  let seen = -1
  await until(async () => {
    const { pulled } = await state()
    const still = pulled === seen && pulled > 0
    seen = pulled
    await new Promise((resolve) => setTimeout(resolve, 50))
    return still
  })
  assert.ok(seen * 65_536 < 32 * 1_048_576, `${seen} chunks of 64 KiB wait somewhere`)
  const before = (await state()).cancelled
  await until(async () => (await state()).cancelled > before - 1 && socket.destroy() !== undefined)
  await until(async () => (await state()).cancelled >= 1)
})

test('a body above the limit is a 413, announced or not, and the app may answer before it has read one', async () => {
  assert.equal((await get('/length', { method: 'POST', body: new Uint8Array(3_000_001) })).status, 413)
  const big = new Blob([new Uint8Array(3_500_000)]).stream()
  assert.equal((await get('/length', { method: 'POST', body: big, duplex: 'half' } as RequestInit)).status, 413)
  assert.equal((await get('/early', { method: 'POST', body: new Uint8Array(2_000_000) })).status, 401)
  assert.equal((await get('/length', { method: 'POST', body: new Uint8Array(3_000_000) })).status, 200)
})

test('a sender that stops in the middle leaves others alone, and its request ends with its connection', async () => {
  const slow: ClientRequest[] = Array.from({ length: 20 }, () => {
    const asked = httpRequest(`${site.url}/app/length`, { method: 'POST', headers: { 'content-length': 100 } })
    asked.on('error', () => undefined).write('abc')
    return asked
  })
  const pids = await Promise.all(Array.from({ length: 50 }, async () => (await get('/pid')).text()))
  assert.equal(new Set(pids).size, 1)
  for (const asked of slow) asked.destroy()
  const answered = httpRequest(`${site.url}/app/pid`).end()
  const [response] = (await once(answered, 'response')) as [IncomingMessage]
  response.resume()
  assert.equal(response.statusCode, 200)
})
