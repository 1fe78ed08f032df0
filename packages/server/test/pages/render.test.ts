/** Documents as they leave the server, before any browser has them. */
import assert from 'node:assert/strict'
import { get as httpGet } from 'node:http'
import { after, before, test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { copySite, get, rootOf, serveSite, type SiteCopy } from './support/site.ts'

let site: SiteCopy
let server: RunningServer

before(async () => {
  site = copySite('basic')
  server = await serveSite(site)
})

after(async () => {
  await server.close()
  site[Symbol.dispose]()
})

test('a page is a whole document with its head, its data and its files', async () => {
  const { status, headers, text } = await get(server, '/')
  assert.equal(status, 200)
  assert.equal(headers.get('content-type'), 'text/html; charset=utf-8')
  assert.match(rootOf(text), /<main><img [^>]*><button[^>]*>Count is 7<\/button>/)
  assert.match(text, /<title>Home &amp; &lt;away&gt;<\/title>/)
  assert.match(text, /<meta name="description" content="A &quot;first&quot; page">/)
  assert.match(text, /<meta property="og:title" content="Home">/)
  assert.doesNotMatch(text, /undefined/)
})

test('addresses lead to pages by static, named and rest segments', async () => {
  const product = await get(server, '/products/a%20b')
  assert.equal(rootOf(product.text), '<main><h1>Product a b (a b)</h1></main>')
  assert.match(product.text, /<html lang="de">.*<title>Product a b<\/title>/)
  assert.equal(
    rootOf((await get(server, '/docs/x/y%2Fz/')).text),
    '<main><p id="path">x &gt; y &gt; z</p></main>'.replace('y &gt; z', 'y/z'),
  )
  assert.match((await get(server, '/a/b/c')).text, />off</)
})

test('load may redirect, find nothing, or answer with a status and headers of its own', async () => {
  const moved = await get(server, '/products/old')
  assert.deepEqual([moved.status, moved.headers.get('location')], [301, '/products/new%20one?a=1'])
  const gone = await get(server, '/products/gone')
  assert.equal(gone.status, 404)
  assert.match(gone.text, /Nothing here/)
  const made = await get(server, '/products/made')
  assert.deepEqual([made.status, made.headers.get('x-made')], [201, 'yes'])
})

test('what is not there is 404 with the project’s page, and JSON below the API', async () => {
  const missing = await get(server, '/nowhere')
  assert.equal(missing.status, 404)
  assert.match(missing.text, /Nothing here/)
  const api = await get(server, '/v1/nowhere')
  assert.equal((JSON.parse(api.text) as { error: { code: string } }).error.code, 'EK_ROUTE_NOT_FOUND')
})

test('other methods are refused with what the page takes', async () => {
  const response = await fetch(`${server.url}/`, { method: 'DELETE' })
  assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, HEAD'])
  await response.text()
})

test('HEAD answers as GET without the body', async () => {
  const response = await fetch(`${server.url}/`, { method: 'HEAD' })
  assert.equal(response.status, 200)
  assert.ok(Number(response.headers.get('content-length')) > 500)
})

test('props arrive in the browser as they were, and never as markup', async () => {
  const evil = `</script><script>alert(1)</script><!-- \u2028 "'\\ `
  const { text } = await get(server, `/?text=${encodeURIComponent(evil)}`)
  assert.equal(text.match(/<script/g)?.length, 3)
  const data = /id="evenkeel-props">(.*?)<\/script>/.exec(text)?.[1] ?? ''
  assert.ok((JSON.parse(data) as unknown[]).includes(evil))
})

test('addresses that hold code are only text', async () => {
  for (const path of [
    '/x%22%7D;globalThis.pwned=1;//',
    '/%3C/script%3E%3Cscript%3E',
    '/docs/%3C/script%3E%3Cscript%3Ealert(1)',
  ]) {
    const { text } = await get(server, path)
    assert.equal(text.match(/<script/g)?.length, 3, path)
  }
  assert.equal((await get(server, '/%E0%A4%A')).status, 400)
  assert.equal((await get(server, '/?__proto__=1&constructor=2')).status, 200)
})

test('an image has an absolute, hashed address, wherever its page is', async () => {
  const sources = await Promise.all(
    ['/', '/a/b/c'].map(async (path) => /<img [^>]*src="([^"]+)"/.exec((await get(server, path)).text)?.[1] ?? ''),
  )
  assert.equal(sources[0], sources[1])
  assert.match(sources[0] ?? '', /^\/_assets\/logo-[\w-]{8}\.png$/)
  const image = await ask(sources[0] ?? '')
  assert.deepEqual([image.status, image.headers['content-type']], [200, 'image/png'])
  assert.match(String(image.headers['cache-control']), /max-age=31536000, immutable/)
})

test('files of the build are immutable, compressed ahead, and answer ranges and revalidation', async () => {
  const { text } = await get(server, '/')
  const [script = ''] = [...text.matchAll(/rel="modulepreload" href="([^"]+)"/g)].map((match) => match[1]).slice(1)
  for (const encoding of ['br', 'gzip', 'zstd']) {
    const answer = await ask(script, { 'accept-encoding': encoding })
    assert.equal(answer.headers['content-encoding'], encoding)
    assert.match(String(answer.headers['cache-control']), /max-age=31536000, immutable/)
    assert.match(String(answer.headers['content-type']), /javascript/)
  }
  const whole = await ask(script)
  assert.equal(whole.headers['content-encoding'], undefined)
  assert.doesNotMatch(whole.body.toString(), /readFileSync|server-only/)
  const part = await ask(script, { range: 'bytes=5-9' })
  assert.deepEqual([part.status, part.body.toString()], [206, whole.body.subarray(5, 10).toString()])
  const again = await ask(script, { 'if-none-match': String(whole.headers['etag']) })
  assert.equal(again.status, 304)
  assert.equal((await ask('/_assets/../manifest.json')).status, 404)
  assert.equal((await ask('/_assets/%2e%2e/%2e%2e/manifest.json')).status, 404)
})

test('a browser that navigates is told of script and styles before the page is there; others are not', async () => {
  using other = copySite('basic')
  await using hinting = await serveSite(other, { earlyHints: true })
  const hintsFor = (headers: Record<string, string>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      let hints: unknown
      const request = httpGet(new URL(hinting.url).origin, { headers, agent: false }, (response) => {
        response.resume()
        response.on('end', () => resolve(hints))
      })
      request.on('information', ({ statusCode, headers: told }) => (hints = [statusCode, told['link']]))
      request.on('error', reject)
    })
  const [status, link] = (await hintsFor({ 'sec-fetch-mode': 'navigate' })) as [number, string]
  assert.equal(status, 103)
  const { text } = await get(hinting, '/')
  const script = /<script type="module" src="([^"]+)"/.exec(text)?.[1] ?? '-'
  const style = /<link rel="stylesheet" href="([^"]+)"/.exec(text)?.[1] ?? '-'
  assert.ok(link.includes(`<${script}>; rel=modulepreload`) && link.includes(`<${style}>; rel=preload; as=style`), link)
  assert.equal(await hintsFor({}), undefined)
})

interface RawAnswer {
  readonly status: number | undefined
  readonly headers: Record<string, string | string[] | undefined>
  readonly body: Buffer
}

/** As sent, without what `fetch` decodes and adds. */
function ask(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    httpGet(new URL(server.url).origin + path, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      )
      response.on('error', reject)
    }).on('error', reject)
  })
}
