/** `fetch` and axios from inside a block, through the gateway, to a server on loopback. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { after, before, test } from 'node:test'
import { startCanary, type Canary } from '../support/canary.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let canary: Canary
let server: TestServer
before(async () => {
  canary = await startCanary((request, response) => {
    if (request.url === '/gzip') return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('zipped'))
    if (request.url === '/to') return response.writeHead(302, { location: '/echo' }).end()
    if (request.url === '/empty') return response.writeHead(204).end()
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    return request.on('end', () => {
      const { method, url, headers } = request
      const text = JSON.stringify({
        method,
        url,
        type: headers['content-type'],
        own: headers['x-own'],
        body: Buffer.concat(chunks).toString(),
      })
      response
        .writeHead(url === '/missing' ? 404 : 200, { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] })
        .end(text)
    })
  })
  server = await startTestServer({ blocks: { hosts: 1, spares: 0, egress: { addresses: ['127.0.0.1'] } } })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  await canary[Symbol.asyncDispose]()
})

const results: readonly (readonly [code: string, result: unknown])[] = [
  [
    'const r = await fetch(`${input}/echo`, { method: "post", body: JSON.stringify({ a: 1 }), headers: { "x-own": "1" } }); return [r.status, r.ok, r.headers.getSetCookie(), await r.json()]',
    [
      200,
      true,
      ['a=1', 'b=2'],
      { method: 'POST', url: '/echo', type: 'text/plain;charset=UTF-8', own: '1', body: '{"a":1}' },
    ],
  ],
  [
    'const r = await fetch(new Request(`${input}/missing`)); return [r.status, r.ok, r.url.endsWith("/missing")]',
    [404, false, true],
  ],
  ['const r = await fetch(`${input}/to`); return [r.redirected, (await r.json()).url]', [true, '/echo']],
  [
    'const r = await fetch(`${input}/to`, { redirect: "manual" }); return [r.status, r.headers.get("location")]',
    [302, '/echo'],
  ],
  [
    'try { await fetch(`${input}/to`, { redirect: "error" }) } catch (e) { return [e.name, e.message, e.cause.code] }',
    ['TypeError', 'fetch failed', 'EK_EGRESS_FAILED'],
  ],
  ['return (await fetch(`${input}/gzip`)).text()', 'zipped'],
  ['const r = await fetch(`${input}/empty`); return [r.status, r.body, await r.text()]', [204, null, '']],
  [
    'const f = new FormData(); f.append("a", new File(["x"], "n.txt")); const { type, body } = await (await fetch(`${input}/f`, { method: "POST", body: f })).json(); return [/^multipart\\/form-data; boundary=/.test(type), /filename="n.txt"/.test(body)]',
    [true, true],
  ],
  [
    'const s = new ReadableStream({ start(c) { c.enqueue(new TextEncoder().encode("streamed")); c.close() } }); return (await (await fetch(`${input}/s`, { method: "PUT", body: s, duplex: "half" })).json()).body',
    'streamed',
  ],
  [
    'const axios = require("axios"); const r = await axios.post(`${input}/x`, { q: 1 }, { params: { z: 2 } }); return [r.status, r.data.url, r.data.type, r.data.body]',
    [200, '/x?z=2', 'application/json', '{"q":1}'],
  ],
  [
    'const F = require("form-data"); const f = new F(); f.append("a", "b"); const r = await require("axios").post(`${input}/x`, f, { headers: f.getHeaders() }); return [/boundary/.test(r.data.type), /name="a"/.test(r.data.body)]',
    [true, true],
  ],
  [
    'try { await require("axios").get(`${input}/missing`) } catch (e) { return [e.name, e.response.status] }',
    ['AxiosError', 404],
  ],
  [
    'return await Promise.all([1, 2, 3].map(async (n) => (await (await fetch(`${input}/${n}`)).json()).url))',
    ['/1', '/2', '/3'],
  ],
]
for (const [code, result] of results)
  test(code.slice(0, 110), async () => {
    const { body } = await server.run(code, { input: canary.origin })
    assert.deepEqual(body.result, result, JSON.stringify(body.error))
  })

interface Feed extends Canary {
  /** Sends more of the body that is open. */
  send(text: string): void
  end(): void
}

/** A server that sends its head at once, and its body when it is told to, however long that takes. */
async function startFeed(): Promise<Feed> {
  let open: ServerResponse | undefined
  const canary = await startCanary((_request, response) => {
    open = response
    response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  return { ...canary, send: (text) => void open?.write(text), end: () => void open?.end() }
}

test('a body is read while it arrives, and counts as one request', { timeout: 20_000 }, async () => {
  await using feed = await startFeed()
  // Each piece that arrives is told to the feed's own server, which sends the next.
  await using pacer = await startCanary((request, response) => {
    if (request.url === '/3') feed.end()
    else feed.send(`data: ${request.url}\n\n`)
    response.end('ok')
  })
  const { body } = await server.run(
    `const r = await fetch(input.feed)
const seen = [r.status, r.headers.get('content-type')]
await fetch(input.pacer + '/0')
let n = 1
for await (const chunk of r.body.pipeThrough(new TextDecoderStream())) { seen.push(chunk.trim()); await fetch(input.pacer + '/' + n++) }
return seen`,
    { input: { feed: feed.origin, pacer: pacer.origin }, limits: { subrequests: 5 } },
  )
  assert.deepEqual(body.result, [200, 'text/event-stream', 'data: /0', 'data: /1', 'data: /2'], JSON.stringify(body))
  assert.equal(body.usage?.subrequests, 5)
})

test('a large body comes whole, and one that is too large fails where it is read', async () => {
  const bytes = Buffer.alloc(11_000_000, 'abcdefg')
  await using large = await startCanary((request, response) => {
    response.end(request.url === '/fits' ? bytes.subarray(0, 10_000_000) : bytes)
  })
  const { body } = await server.run(
    `const all = await (await fetch(input + '/fits')).bytes()
let sum = 0; for (let i = 0; i < all.length; i += 997) sum += all[i]
const late = await fetch(input + '/larger'); try { await late.text() } catch (e) { return [all.length, sum, late.status, e.name, e.cause?.code] }`,
    { input: large.origin, limits: { wallMs: 10_000, cpuMs: 5_000 } },
  )
  let sum = 0
  for (let index = 0; index < 10_000_000; index += 997) sum += bytes[index] ?? 0
  assert.deepEqual(
    body.result,
    [10_000_000, sum, 200, 'TypeError', 'EK_EGRESS_RESPONSE_TOO_LARGE'],
    JSON.stringify(body),
  )
})

const givenUp: Readonly<Record<string, string>> = {
  'the block stops reading it': 'await r.body.cancel(); await new Promise((done) => setTimeout(done, 20)); return 1',
  'the signal aborts':
    'setTimeout(() => c.abort(), 20); try { await r.text() } catch (e) { return e.name === "AbortError" ? 1 : 0 }',
  'the block returns': 'r.text().catch(() => {}); await new Promise((done) => setTimeout(done, 20)); return 1',
  'nobody reads it': 'return 1',
}
for (const [how, code] of Object.entries(givenUp))
  test(`a body on its way is cut off when ${how}`, { timeout: 20_000 }, async () => {
    await using feed = await startFeed()
    const { body } = await server.run(
      `const c = new AbortController(); const r = await fetch(input, { signal: c.signal }); ${code}`,
      { input: feed.origin },
    )
    assert.equal(body.result, 1, JSON.stringify(body))
    await feed.closed
  })

/** What an upload is: a stream whose parts are made one after the other. */
const parts = `
const partsOf = (...makers) => new ReadableStream({
  async pull(c) {
    const make = makers.shift()
    if (make === undefined) return c.close()
    c.enqueue(new TextEncoder().encode(await make()))
  },
}, { highWaterMark: 0 })
`

test('a body leaves while the block makes it, and counts as one request', { timeout: 20_000 }, async () => {
  const first = Promise.withResolvers<void>()
  await using receiver = await startCanary((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      first.resolve()
    })
    request.on('end', () => response.end(`${request.headers['transfer-encoding']} ${Buffer.concat(chunks).toString()}`))
  })
  // Answers once the first part has arrived: a body that waits for its end never gets there.
  await using pacer = await startCanary((_request, response) => void first.promise.then(() => response.end('go on')))
  const { body } = await server.run(
    `${parts}
const body = partsOf(() => 'one ', async () => (await (await fetch(input.pacer)).text()) + ' ', () => '', () => 'end')
const r = await fetch(input.receiver, { method: 'POST', body, duplex: 'half' })
return [r.status, await r.text()]`,
    { input: { receiver: receiver.origin, pacer: pacer.origin } },
  )
  assert.deepEqual(body.result, [200, 'chunked one go on end'], JSON.stringify(body))
  assert.equal(body.usage?.subrequests, 2)
})

test('a body that is made without end fails at its limit, in a block of little memory', async () => {
  const { body } = await server.run(
    `let made = 0
const body = new ReadableStream({ pull(c) { made += 1; c.enqueue(new Uint8Array(262144)) } })
try { await fetch(input + '/s', { method: 'PUT', body, duplex: 'half' }) } catch (e) { return [e.message, e.cause.code, made < 50] }`,
    { input: canary.origin, limits: { wallMs: 10_000, cpuMs: 5_000, memoryMb: 64 } },
  )
  assert.deepEqual(body.result, ['fetch failed', 'EK_EGRESS_REQUEST_TOO_LARGE', true], JSON.stringify(body))
})

test('an answer that comes before the end of the body is the answer', { timeout: 20_000 }, async () => {
  await using hasty = await startCanary((_request, response) => response.writeHead(413).end('too much'))
  const { body } = await server.run(
    `${parts}
const many = Array.from({ length: 1000 }, () => async () => { await new Promise((r) => setTimeout(r, 5)); return 'x' })
const r = await fetch(input, { method: 'POST', body: partsOf(...many), duplex: 'half' })
return [r.status, await r.text()]`,
    { input: hasty.origin },
  )
  assert.deepEqual(body.result, [413, 'too much'], JSON.stringify(body))
})

const broken: Readonly<Record<string, readonly [code: string, result: unknown]>> = {
  'its stream fails': [
    `await fetch(input, { method: 'POST', duplex: 'half', body: partsOf(() => 'a', () => { throw new RangeError('own') }) })`,
    ['RangeError', 'own'],
  ],
  'it makes what is no bytes': [
    `await fetch(input, { method: 'POST', duplex: 'half', body: new ReadableStream({ pull(c) { c.enqueue(1) } }) })`,
    ['TypeError', 'A chunk of a body must be bytes'],
  ],
  'the signal aborts': [
    `const c = new AbortController(); setTimeout(() => c.abort(), 100)
await fetch(input, { method: 'POST', duplex: 'half', signal: c.signal, body: partsOf(() => 'a', () => new Promise(() => {})) })`,
    ['AbortError', 'This operation was aborted'],
  ],
}
for (const [how, [code, result]] of Object.entries(broken))
  test(`an upload is broken off when ${how}`, { timeout: 20_000 }, async () => {
    await using receiver = await startCanary((request) => void request.resume())
    const { body } = await server.run(`${parts}try { ${code} } catch (e) { return [e.name, e.message] }`, {
      input: receiver.origin,
    })
    assert.deepEqual(body.result, result, JSON.stringify(body))
    // One that never began leaves nothing to close.
    if (receiver.requests() > 0) await receiver.closed
  })

test('requests are counted, and one over the limit is refused inside', async () => {
  const { body } = await server.run('for (let i = 0; i < 5; i++) await fetch(input); return 1', {
    input: canary.origin,
    limits: { subrequests: 3 },
  })
  assert.deepEqual(
    [body.error?.message, body.error?.cause?.code, body.usage?.subrequests],
    ['fetch failed', 'EK_POOL_CALL_LIMIT', 3],
  )
})

test('the position of a failed request is that of the await in the block', async () => {
  const { body } = await server.run('const url = "http://10.0.0.1/"\n  await fetch(url)')
  const { error } = body
  assert.deepEqual(
    [error?.type, error?.message, error?.line, error?.cause?.code],
    ['TypeError', 'fetch failed', 2, 'EK_EGRESS_REFUSED'],
  )
  assert.doesNotMatch(JSON.stringify(body), /egress\/|node:internal|\/src\//)
})

test('a token and a function each narrow the hosts that may be reached', async () => {
  const { port } = canary
  const reach = `const ends = []
for (const host of ['127.0.0.1', 'localhost']) ends.push(await fetch('http://' + host + ':${port}/echo').then((r) => r.status, (e) => e.cause.code))
return ends`
  const { token } = await server.token({ limits: { egress: ['127.0.0.1'], run: { subrequests: 2 } } })
  const ask = (method: string, path: string, body: unknown): ReturnType<typeof server.ask> =>
    server.ask(method, path, { token, body })
  assert.deepEqual((await ask('POST', '/v1/run', { code: reach })).body.result, [200, 'EK_EGRESS_REFUSED'])
  await ask('PUT', '/v1/functions/narrow', { code: reach, egress: ['localhost'] })
  const both = await ask('POST', '/v1/functions/narrow/invoke', {})
  assert.deepEqual(both.body.result, ['EK_EGRESS_REFUSED', 'EK_EGRESS_REFUSED'])
  const asked = await ask('POST', '/v1/run', { code: 'return 1', limits: { subrequests: 3 } })
  assert.deepEqual([asked.status, asked.body.error.code], [400, 'EK_REQUEST_INVALID'])
  for (const hosts of [['http://x.com/'], ['*'], ['']]) {
    const refused = await ask('PUT', '/v1/functions/bad', { code: 'return 1', egress: hosts })
    assert.deepEqual(
      [refused.status, refused.body.error.message],
      [400, 'the field "egress.0" must be a host such as "api.example.com", or "*.example.com" for all below one'],
    )
    const limits = { egress: hosts }
    assert.equal((await server.admin('POST', '/admin/tokens', { body: { name: 'x', limits } })).status, 400)
  }
})

test('the own ports are refused, even where loopback is allowed', async () => {
  for (const url of [server.server.url, server.server.adminUrl]) {
    const { body } = await server.run('await fetch(input)', { input: url })
    assert.equal(body.error?.cause?.code, 'EK_EGRESS_REFUSED', url)
  }
})

const left: Readonly<Record<string, string>> = {
  'the block returns': 'fetch(`${input}/never`); await new Promise((r) => setTimeout(r, 100)); return 1',
  'the block throws': 'fetch(`${input}/never`); await new Promise((r) => setTimeout(r, 100)); throw new Error("x")',
  'the time is over': 'await fetch(`${input}/never`)',
  'the block aborts it': 'await fetch(`${input}/never`, { signal: AbortSignal.timeout(100) })',
}
for (const [name, code] of Object.entries(left))
  test(`an open request is closed when ${name}`, { timeout: 20_000 }, async () => {
    await using waiting = await startCanary(() => undefined)
    const { body } = await server.run(code, { input: waiting.origin, limits: { wallMs: 1_000 } })
    const answeredAtMs = performance.now()
    assert.equal(waiting.requests(), 1, JSON.stringify(body))
    await waiting.closed
    const seenAfterMs = performance.now() - answeredAtMs
    assert.ok(seenAfterMs < 1_000, `the other side saw the close after ${seenAfterMs} ms`)
  })
