/** Runtimes that answer for a site themselves: the same answers as behind the gateway, and the same from each. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runSite } from './support/direct.ts'
import { browserAgent, copySite, get, serveSite, type Answer } from './support/site.ts'

/** Headers that are of the connection or of the moment. */
const passing = new Set(['connection', 'date', 'keep-alive'])

const basic: readonly [path: string, headers?: Record<string, string>][] = [
  ['/'],
  ['/?n=3&text=%3C%2Fscript%3E%3Cscript%3E'],
  ['/products/a%20b'],
  ['/products/old'],
  ['/products/gone'],
  ['/products/made'],
  ['/docs/x/y%2Fz/'],
  ['/a/b/c'],
  ['/nowhere'],
  ['/favicon.ico'],
]

test('a site answers as it does behind the gateway: pages, files, redirects and what is not there', async () => {
  using site = copySite('basic')
  const options = { csp: false, cacheBytes: 1_000_000 } as const
  await using routed = await serveSite(site, options)
  await using direct = await runSite(site, { instances: 2, pages: options })
  const html = (await get(routed, '/')).text
  const script = /<script type="module" src="([^"]+)"/.exec(html)?.[1] ?? ''
  const files: typeof basic = [
    [script],
    [script, { 'accept-encoding': 'br' }],
    [script, { range: 'bytes=0-9' }],
    [script, { 'if-none-match': (await get(routed, script)).headers.get('etag') ?? '' }],
  ]
  for (const [path, headers] of [...basic, ...files]) {
    const expected = comparable(await get(routed, path, headers))
    // Each connection may be another runtime's.
    for (let turn = 0; turn < 4; turn += 1)
      assert.deepEqual(comparable(await get(direct, path, { connection: 'close', ...headers })), expected, path)
  }
  const head = await fetch(direct.url, { method: 'HEAD' })
  assert.ok(Number(head.headers.get('content-length')) > 500)
  const refused = await fetch(direct.url, { method: 'DELETE' })
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD'])
  await refused.text()
})

const faulty: readonly string[] = [
  '/throws',
  '/load-throws',
  '/waits?text=late',
  '/never',
  '/never?bare=1',
  '/large?rows=10',
  '/fine',
  '/values',
]

test('pages that throw, wait or never settle are answered as they are behind the gateway', async () => {
  using site = copySite('faulty')
  const options = { csp: true, maxPageBytes: 1_000_000 } as const
  await using routed = await serveSite(site, options)
  await using direct = await runSite(site, { pages: options })
  for (const path of faulty) {
    const [expected, got] = await Promise.all([get(routed, path), get(direct, path)])
    assert.deepEqual(withoutNonce(got), withoutNonce(expected), path)
  }
  const nonces = [await get(direct, '/fine'), await get(direct, '/fine')].map(nonceOf)
  assert.notEqual(nonces[0], nonces[1])
  const streamed = await get(direct, '/streams?text=behind', browserAgent)
  assert.match(streamed.text, /please wait.*behind<\/b>/s)
  assert.ok(streamed.text.includes(`nonce="${nonceOf(streamed)}"`))
  assert.notEqual(nonceOf(await get(direct, '/streams', browserAgent)), nonceOf(streamed))
  const form = await fetch(`${direct.url}/form`, { method: 'POST', body: new URLSearchParams({ name: 'x' }) })
  assert.match(await form.text(), /not x/)
  const tooLarge = await fetch(`${direct.url}/form`, { method: 'POST', body: Buffer.alloc(3 * 1_048_576) })
  assert.equal(tooLarge.status, 413)
  await tooLarge.text()
  await direct.logged(/the page "throws" at "\/throws" answered 500: Error: secret detail/)
  const metrics = await (await fetch(`${direct.pages.adminUrl}/metrics`)).text()
  assert.match(metrics, /evenkeel_app_requests_total\{[^}]*status="500"[^}]*\} [1-9]/)
})

function comparable({ status, headers, text }: Answer): unknown {
  return { status, headers: Object.fromEntries([...headers].filter(([name]) => !passing.has(name))), text }
}

function withoutNonce(answer: Answer): unknown {
  const nonce = nonceOf(answer)
  return JSON.parse(JSON.stringify(comparable(answer)).replaceAll(nonce, 'nonce'))
}

function nonceOf({ headers }: Answer): string {
  return /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? 'none'
}
