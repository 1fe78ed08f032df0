/** Runtimes that answer for a site themselves, over TLS: HTTP/2 and HTTP/1.1 bring the same answers. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { request as httpsRequest } from 'node:https'
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { handleNodeRequest } from '../../src/pages/http/node-handler.ts'
import { issueCertificate } from '../support/certificate.ts'
import { runSite, type DirectPages } from './support/direct.ts'
import { browserAgent, copySite, rootOf, type SiteCopy } from './support/site.ts'

const cookies = ['session=1; Path=/; HttpOnly', 'theme=dark; Path=/, really; Max-Age=60']

const cookiePage = `import { redirect, respond } from '@evenkeel/server/page'
const headers = { 'set-cookie': ${JSON.stringify(cookies)}, 'x-one': 'yes', 'content-type': 'text/html; charset=UTF-8' }
export const load = () => respond({ name: 'Ada' }, { status: 201, headers })
export const action = () => redirect('/fine', 303, { headers: { 'set-cookie': headers['set-cookie'] } })
export default ({ name }) => <p>Hello {name}</p>
`

let site: SiteCopy
let direct: DirectPages
let session: ClientHttp2Session

before(async () => {
  site = copySite('faulty')
  for (const name of readdirSync(join(site.dir, 'pages')))
    if (!/^(fine|streams|cached)\.tsx$/.test(name)) rmSync(join(site.dir, 'pages', name), { recursive: true })
  writeFileSync(join(site.dir, 'pages', 'cookies.jsx'), cookiePage)
  const tls = issueCertificate(site.dir, 'pages')
  direct = await runSite(site, { instances: 1, tls, pages: { csp: true, earlyHints: true } })
  session = connect(direct.url, { rejectUnauthorized: false })
})

after(async () => {
  session.destroy()
  await direct[Symbol.asyncDispose]()
  site[Symbol.dispose]()
})

test('a page that sets several cookies sends each by itself', async () => {
  const { status, headers, text } = await overHttp2({ ':path': '/cookies' })
  assert.deepEqual([status, headers['set-cookie'], headers['x-one']], [201, cookies, 'yes'])
  assert.equal(headers['content-type'], 'text/html; charset=UTF-8')
  assert.deepEqual([rootOf(text), Number(headers['content-length'])], ['<p>Hello Ada</p>', Buffer.byteLength(text)])
  const other = await overHttp1('/cookies')
  assert.deepEqual(other.headers['set-cookie'], cookies)
  assert.deepEqual(comparable(headers), comparable(other.headers))
  const head = await overHttp2({ ':path': '/cookies', ':method': 'HEAD' })
  assert.deepEqual([head.status, head.headers['set-cookie'], head.text], [201, cookies, ''])
  assert.equal(head.headers['content-length'], headers['content-length'])
})

test('a form sets cookies as well, and that of another site is refused', async () => {
  const { host, origin } = new URL(direct.url)
  const form = { ':path': '/cookies', ':method': 'POST', 'content-type': 'application/x-www-form-urlencoded' }
  for (const headers of [{ origin }, { 'sec-fetch-site': 'same-origin' }, {}]) {
    const { status, headers: got } = await overHttp2({ ...form, ...headers }, 'name=x')
    assert.deepEqual([status, got['location'], got['set-cookie']], [303, '/fine', cookies], JSON.stringify(headers))
  }
  for (const headers of [{ origin: `https://not.${host}` }, { 'sec-fetch-site': 'cross-site', origin }])
    assert.equal((await overHttp2({ ...form, ...headers }, 'name=x')).status, 403)
})

test('streams, kept copies, files and what is not there', async () => {
  const streamed = await overHttp2({ ':path': '/streams?text=by-http2', ...browserAgent })
  assert.match(streamed.text, /please wait.*by-http2<\/b>.*<\/html>$/s)
  const visits = [1, 2, 3].map(() => ({ ':path': '/cached' }))
  const kept: string[] = []
  for (const visit of visits) kept.push(String((await overHttp2(visit)).headers['cache-status']))
  assert.match(kept[0] ?? '', /fwd=uri-miss/)
  assert.ok(
    kept.slice(1).every((note) => note.includes('hit')),
    kept.join(),
  )
  const preloads = [...(await overHttp2({ ':path': '/fine' })).text.matchAll(/rel="modulepreload" href="([^"]+)"/g)]
  const script = preloads[1]?.[1] ?? '/none'
  const file = await overHttp2({ ':path': script, 'accept-encoding': 'br' })
  assert.deepEqual([file.status, file.headers['content-encoding']], [200, 'br'], script)
  assert.equal((await overHttp2({ ':path': '/nowhere' })).status, 404)
  // Many at a time, over one connection.
  const many = await Promise.all(Array.from({ length: 50 }, () => overHttp2({ ':path': '/cookies' })))
  assert.ok(many.every(({ headers }) => headers['set-cookie']?.length === 2))
})

test('a browser that navigates is told of script and styles before the page is there', async () => {
  const { hints } = await overHttp2({ ':path': '/fine', 'sec-fetch-mode': 'navigate' })
  assert.match(String(hints?.['link']), /rel=modulepreload/)
  assert.equal((await overHttp2({ ':path': '/fine' })).hints, undefined)
})

test('half a page is never taken for a whole one', async () => {
  const body = async function* (): AsyncGenerator<string> {
    yield '<p>the first half'
    await Promise.reject(new Error('broken off'))
  }
  const options = { maxBodyBytes: 1_000, earlyHints: false, hintsOf: () => [] }
  const server = createServer((request, response) => {
    const answer = () => Promise.resolve({ status: 200, headers: [], body: body() })
    void handleNodeRequest(request as never, response as never, answer, options)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  try {
    await assert.rejects(answerOf(client.request({ ':path': '/' })))
  } finally {
    client.destroy()
    server.close()
    await once(server, 'close')
  }
})

interface Http2Answer {
  readonly status: number | undefined
  readonly headers: IncomingHttpHeaders
  readonly hints: IncomingHttpHeaders | undefined
  readonly text: string
}

function overHttp2(headers: OutgoingHttpHeaders, body?: string): Promise<Http2Answer> {
  const stream = session.request(headers)
  if (body !== undefined) stream.end(body)
  return answerOf(stream)
}

async function answerOf(stream: ClientHttp2Stream): Promise<Http2Answer> {
  let hints: IncomingHttpHeaders | undefined
  let answered: IncomingHttpHeaders & IncomingHttpStatusHeader = {}
  stream.on('headers', (headers) => (hints = headers))
  stream.on('response', (headers) => (answered = headers))
  const chunks: Buffer[] = []
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk)
  return { status: answered[':status'], headers: answered, hints, text: Buffer.concat(chunks).toString() }
}

async function overHttp1(path: string): Promise<{ readonly headers: NodeJS.Dict<string | string[]> }> {
  const sent = httpsRequest(direct.url + path, { rejectUnauthorized: false, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { headers: NodeJS.Dict<string | string[]> },
  ]
  for await (const _chunk of response) continue
  return response
}

/** Without what is of the connection or of the moment. */
function comparable(headers: NodeJS.Dict<string | string[]>): unknown {
  const passing = /^(:|connection$|keep-alive$|date$|content-security-policy$)/
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !passing.test(name)))
}
