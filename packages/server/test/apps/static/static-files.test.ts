import assert from 'node:assert/strict'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib'
import { after, test } from 'node:test'
import { staticFiles, type StaticFiles } from '../../../src/apps/static/static-files.host.ts'

const base = mkdtempSync(join(tmpdir(), 'evenkeel-static-'))
after(() => rmSync(base, { recursive: true, force: true }))
const folder = join(base, 'public')
const text = 'abcdefghijklmnopqrstuvwxyz'
mkdirSync(join(folder, 'sub', 'deep'), { recursive: true })
mkdirSync(join(folder, '.git'))
mkdirSync(join(folder, 'bare'))
writeFileSync(join(base, 'secret.txt'), 'secret')
writeFileSync(join(folder, 'letters.txt'), text)
writeFileSync(join(folder, 'sub', 'index.html'), '<h1>sub</h1>')
writeFileSync(join(folder, 'app-3f9a1c2b.js'), 'export {}')
writeFileSync(join(folder, 'žluť 1%.txt'), 'percent')
writeFileSync(join(folder, '.env'), 'SECRET=1')
writeFileSync(join(folder, '.git', 'config'), 'x')
writeFileSync(join(folder, 'bare', 'a.txt'), 'x')
symlinkSync(join(base, 'secret.txt'), join(folder, 'out.txt'))
symlinkSync('..', join(folder, 'up'))
symlinkSync('.env', join(folder, 'env.txt'))
symlinkSync('letters.txt', join(folder, 'inside.txt'))

const files = staticFiles({ folder })
const get = async (
  path: string,
  headers: Record<string, string> = {},
  from: StaticFiles = files,
): Promise<Response | undefined> => from(new Request(`http://localhost${path}`, { headers }))

async function got(path: string, headers: Record<string, string> = {}, from: StaticFiles = files): Promise<Response> {
  return (await get(path, headers, from)) ?? assert.fail(`nothing at ${path}`)
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

test('a file has its type, length, date, tag and cache rule', async () => {
  const response = await got('/letters.txt')
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('content-type'), 'text/plain; charset=utf-8')
  assert.equal(response.headers.get('content-length'), '26')
  assert.equal(response.headers.get('cache-control'), 'no-cache')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.match(response.headers.get('etag') ?? '', /^"[\w-]+"$/)
  assert.ok(Date.parse(response.headers.get('last-modified') ?? '') > 0)
  assert.equal(await response.text(), text)
  assert.equal(await (await got('/%C5%BElu%C5%A5%201%25.txt')).text(), 'percent')
  assert.equal(await (await got('/inside.txt')).text(), text)
})

const nothing: readonly string[] = [
  '/missing.txt',
  '/letters.txt/',
  '/letters.txt/x',
  '/bare',
  '/bare/',
  '/.env',
  '/.git/config',
  '/sub/../.env',
  '/%2eenv',
  '/..%2fsecret.txt',
  '/%2e%2e/secret.txt',
  '/%2e%2e%2fsecret.txt',
  '/sub/..%2f..%2f..%2fsecret.txt',
  '/..%5csecret.txt',
  '/sub%2findex.html',
  '/letters.txt%00',
  '/%00',
  '/%zz',
  '/%c3%28',
  '//etc/passwd',
  '/sub//index.html',
  '/out.txt',
  '/up/secret.txt',
  '/env.txt',
]
for (const path of nothing) {
  test(`nothing at ${path}`, async () => {
    assert.equal(await get(path), undefined)
  })
}

test('a socket file is nothing', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve))
  t.after(() => server.close())
  assert.equal(await get('/socket'), undefined)
})

const ranges: readonly [header: string, status: number, body: string, contentRange: string | null][] = [
  ['bytes=0-3', 206, 'abcd', 'bytes 0-3/26'],
  ['bytes=-3', 206, 'xyz', 'bytes 23-25/26'],
  ['bytes=20-', 206, 'uvwxyz', 'bytes 20-25/26'],
  ['bytes=20-900', 206, 'uvwxyz', 'bytes 20-25/26'],
  ['bytes=26-', 416, 'Range Not Satisfiable', 'bytes */26'],
  ['bytes=0-1,4-5', 200, text, null],
  ['bytes=x', 200, text, null],
  ['lines=0-1', 200, text, null],
]
for (const [header, status, body, contentRange] of ranges) {
  test(`Range: ${header} gives ${status}`, async () => {
    const response = await got('/letters.txt', { range: header })
    assert.equal(response.status, status)
    assert.equal(response.headers.get('content-range'), contentRange)
    assert.equal(await response.text(), body)
  })
}

test('what the client has is not sent again, and a range only of what it has', async () => {
  const { headers } = await got('/letters.txt')
  const etag = headers.get('etag') ?? ''
  const date = headers.get('last-modified') ?? ''
  assert.equal((await got('/letters.txt', { 'if-none-match': etag })).status, 304)
  assert.equal((await got('/letters.txt', { 'if-none-match': `"other", ${etag}` })).status, 304)
  assert.equal((await got('/letters.txt', { 'if-none-match': '"other"' })).status, 200)
  assert.equal((await got('/letters.txt', { 'if-modified-since': date })).status, 304)
  assert.equal((await got('/letters.txt', { 'if-match': '"other"' })).status, 412)
  assert.equal((await got('/letters.txt', { range: 'bytes=0-1', 'if-range': etag })).status, 206)
  assert.equal((await got('/letters.txt', { range: 'bytes=0-1', 'if-range': '"other"' })).status, 200)
})

test('a tag changes with the content, also within one second', async () => {
  const path = join(folder, 'changing.txt')
  writeFileSync(path, 'one')
  const first = (await got('/changing.txt')).headers.get('etag')
  writeFileSync(path, 'two')
  utimesSync(path, new Date(), new Date(Date.now() + 5))
  assert.notEqual((await got('/changing.txt')).headers.get('etag'), first)
})

test('HEAD has the headers alone, other methods are refused, and only where there is a file', async () => {
  const request = (method: string, path = '/letters.txt'): Promise<Response | undefined> =>
    files(new Request(`http://localhost${path}`, { method }))
  const head = await request('HEAD')
  assert.deepEqual([head?.status, head?.headers.get('content-length'), head?.body], [200, '26', null])
  const post = await request('POST')
  assert.deepEqual([post?.status, post?.headers.get('allow')], [405, 'GET, HEAD'])
  assert.equal(await request('POST', '/missing.txt'), undefined)
})

test('a folder answers with its index, at its address with a slash', async () => {
  assert.equal(await (await got('/sub/')).text(), '<h1>sub</h1>')
  const moved = await got('/sub?a=1')
  assert.deepEqual([moved.status, moved.headers.get('location')], [308, '/sub/?a=1'])
  assert.equal(await get('/sub/', {}, staticFiles({ folder, index: false })), undefined)
})

test('a prefix with and without slashes is one prefix', async () => {
  for (const prefix of ['assets', '/assets', '/assets/', 'assets/']) {
    const from = staticFiles({ folder, prefix })
    assert.equal((await got('/assets/letters.txt', {}, from)).status, 200)
    assert.equal(await get('/letters.txt', {}, from), undefined)
    assert.equal(await get('/assetsletters.txt', {}, from), undefined)
  }
})

test('files whose name has a hash may be kept for good', async () => {
  const from = staticFiles({ folder, immutable: /-[0-9a-f]{8}\.\w+$/g, cacheControl: 'public, max-age=60' })
  for (let round = 0; round < 2; round += 1)
    assert.equal(
      (await got('/app-3f9a1c2b.js', {}, from)).headers.get('cache-control'),
      'public, max-age=31536000, immutable',
    )
  assert.equal((await got('/letters.txt', {}, from)).headers.get('cache-control'), 'public, max-age=60')
})

test('a precompressed form goes to those who take it, by their liking, and not when it is old', async () => {
  const path = join(folder, 'page.html')
  const page = '<p>'.repeat(1_000)
  writeFileSync(path, page)
  writeFileSync(`${path}.gz`, gzipSync(page))
  writeFileSync(`${path}.br`, brotliCompressSync(page))
  const past = new Date(Date.now() - 60_000)
  utimesSync(path, past, past)
  const br = await got('/page.html', { 'accept-encoding': 'gzip, br' })
  assert.deepEqual(
    ['content-encoding', 'content-type', 'vary'].map((name) => br.headers.get(name)),
    ['br', 'text/html; charset=utf-8', 'accept-encoding'],
  )
  assert.equal(brotliDecompressSync(await br.bytes()).toString(), page)
  const encoding = async (accept: string): Promise<string | null> =>
    (await got('/page.html', { 'accept-encoding': accept })).headers.get('content-encoding')
  assert.equal(await encoding('br;q=0.1, gzip;q=0.9'), 'gzip')
  assert.equal(await encoding('br;q=0, gzip'), 'gzip')
  assert.equal(await encoding('identity'), null)
  const plain = await got('/page.html')
  assert.equal(plain.headers.get('content-encoding'), null)
  assert.equal(plain.headers.get('vary'), 'accept-encoding')
  assert.notEqual(plain.headers.get('etag'), br.headers.get('etag'))
  const older = new Date(Date.now() - 120_000)
  utimesSync(`${path}.br`, older, older)
  assert.equal(await encoding('br, gzip'), 'gzip')
})

test('no file stays open, whether a body is read, left or cut off', async () => {
  writeFileSync(join(folder, 'big.bin'), Buffer.alloc(1_000_000))
  const before = openFiles()
  await (await got('/big.bin')).arrayBuffer()
  for (const headers of [{ range: 'bytes=9000000-' }, { 'if-none-match': '*' }])
    await got('/big.bin', headers as Record<string, string>)
  await files(new Request('http://localhost/big.bin', { method: 'HEAD' }))
  const reader = (await got('/big.bin')).body?.getReader()
  await reader?.read()
  await reader?.cancel()
  assert.equal(openFiles(), before)
})

test('a file that changes while it is sent: never more than was announced, and an error when it is less', async () => {
  const path = join(folder, 'growing.bin')
  writeFileSync(path, Buffer.alloc(200_000))
  const begun = async (): Promise<ReadableStreamDefaultReader<Uint8Array>> => {
    const reader = (await got('/growing.bin')).body?.getReader() ?? assert.fail('no body')
    assert.equal((await reader.read()).value?.length, 65_536)
    return reader
  }
  const growing = await begun()
  appendFileSync(path, 'more')
  assert.equal(65_536 + (await rest(growing)), 200_000)
  const shrinking = await begun()
  truncateSync(path, 1_000)
  await assert.rejects(rest(shrinking), /became shorter/)
  const replaced = await got('/growing.bin')
  writeFileSync(path, 'other')
  await assert.rejects(replaced.text(), /changed before it was sent/)
})

test('a folder that does not exist is refused at the start', () => {
  assert.throws(() => staticFiles({ folder: join(base, 'none') }), { code: 'EK_STATIC_FOLDER' })
  assert.throws(() => staticFiles({ folder: join(base, 'secret.txt') }), { code: 'EK_STATIC_FOLDER' })
})

async function rest(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<number> {
  let bytes = 0
  for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length
  return bytes
}
