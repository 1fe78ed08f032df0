/** Pages that throw, hang, eat memory or end their process: what the visitor gets, and what the neighbours notice. */
import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { after, before, test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { slackMs } from '../support/slack.ts'
import { browserAgent, copySite, get, rootOf, serveSite, type SiteCopy } from './support/site.ts'

let site: SiteCopy
let server: RunningServer

before(async () => {
  site = copySite('faulty')
  // Hosts are lost faster than a busy machine starts new ones: what waits for one may wait for long.
  const limits = { memoryMb: 320, maxPageBytes: 1_048_576, maxBodyBytes: 4_096, maxQueueMs: 20_000 }
  server = await serveSite(site, { hosts: 2, spares: 1, ...limits })
})

after(async () => {
  await server.close()
  site[Symbol.dispose]()
})

const pool = async (): Promise<{ readonly pid: number }[]> => {
  const answer = (await (await fetch(`${server.adminUrl}/admin/pages`)).json()) as {
    pools: { hostList: { pid: number; rotation: boolean }[] }[]
  }
  return answer.pools.flatMap(({ hostList }) => hostList.filter(({ rotation }) => rotation))
}

test('what a page throws stays on the server, and costs no host', async (t) => {
  const before = (await pool()).map(({ pid }) => pid)
  const events: { readonly route: string; readonly status: number; readonly fault: { readonly stack?: string } }[] = []
  const listen = (event: unknown): void => void events.push(event as (typeof events)[number])
  subscribe('evenkeel:page:error', listen)
  t.after(() => unsubscribe('evenkeel:page:error', listen))
  for (const path of ['/throws', '/load-throws']) {
    const { status, text } = await get(server, path)
    assert.equal(status, 500)
    assert.match(text.replaceAll('<!-- -->', ''), /Sorry, 500/)
    assert.doesNotMatch(text, /secret|alert|\.tsx|\bat /)
  }
  assert.equal((await get(server, '/fine')).status, 200)
  assert.deepEqual(
    (await pool()).map(({ pid }) => pid),
    before,
  )
  assert.deepEqual(
    events.map(({ route, status, fault }) => [route, status, /throws\.tsx:\d+/.test(fault.stack ?? '')]),
    [
      ['throws', 500, true],
      ['load-throws', 500, true],
    ],
  )
})

test('a page cannot say how its answer is sent, and no header goes out twice', async (t) => {
  const messages: string[] = []
  const listen = (event: unknown): void => void messages.push((event as { fault: { message: string } }).fault.message)
  subscribe('evenkeel:page:error', listen)
  t.after(() => unsubscribe('evenkeel:page:error', listen))
  for (const [name, value] of [
    ['Content-Length', '5'],
    ['transfer-encoding', 'chunked'],
    ['connection', 'close'],
  ] as const) {
    assert.equal((await get(server, `/headers?name=${name}&value=${value}`)).status, 500)
    assert.match(messages.at(-1) ?? '', new RegExp(`cannot set the header "${name}"`))
  }
  for (const visit of ['first', 'kept']) {
    const { status, headers } = await get(server, '/headers?name=ETag&value=%22of-the-page%22')
    assert.deepEqual([status, headers.get('etag')?.split(',').length], [200, 1], visit)
  }
})

test('a render that never ends is answered at its deadline, and its neighbours go on', async () => {
  const startedAtMs = performance.now()
  const endless = get(server, '/endless?go=1').then(({ status }) => ({ status, ms: performance.now() - startedAtMs }))
  let served = 0
  let isOver = false
  void endless.then(() => (isOver = true))
  while (!isOver) {
    assert.equal((await get(server, '/fine')).status, 200)
    served += 1
  }
  const { status, ms } = await endless
  assert.equal(status, 504)
  assert.ok(ms < 500 + 100 + slackMs(), `${ms} ms`)
  assert.ok(served > 5, `${served} pages meanwhile`)
})

test('a route may have the browser render what the server could not', async () => {
  const { status, text } = await get(server, '/endless-shell?go=1')
  assert.equal(status, 200)
  assert.match(text, /<div id="root"><\/div>/)
  const data = await get(server, '/endless-shell', { accept: 'application/vnd.evenkeel.props+json' })
  assert.equal(data.text, '[{"name":1,"spin":2},"Ada",false]')
})

test('content behind Suspense is waited for, and a bare wait as well', async () => {
  assert.equal(rootOf((await get(server, '/waits?text=one')).text).includes('<b>one</b>'), true)
  assert.equal(rootOf((await get(server, '/waits?text=two')).text).includes('<b>two</b>'), true)
})

test('what never settles is sent with its fallback at the deadline, or is late', async () => {
  const { status, text } = await get(server, '/never')
  assert.equal(status, 200)
  assert.match(text, /please wait/)
  assert.equal((await get(server, '/never?bare=1')).status, 504)
})

test('a streamed page sends its fallback first; crawlers get it whole', async () => {
  const response = await fetch(`${server.url}/streams?text=streamed`, { headers: browserAgent })
  const parts: string[] = []
  for await (const chunk of response.body ?? []) parts.push(Buffer.from(chunk).toString())
  // A page that is sent whole has no fallback in it.
  const text = parts.join('')
  assert.ok(text.includes('please wait') && text.indexOf('please wait') < text.indexOf('streamed</b>'))
  assert.match(text, /streamed<\/b>.*<\/body><\/html>$/s)
  const bot = await get(server, '/streams?text=for-bots', { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1)' })
  assert.doesNotMatch(bot.text, /please wait/)
  assert.match(bot.text, /<b>for-bots<\/b>/)
})

test('a page that eats memory loses its host, and nothing else', async () => {
  assert.equal((await get(server, '/hog?go=1')).status, 503)
  assert.equal((await get(server, '/fine')).status, 200)
})

test('a page that ends its process is answered, and the server goes on', async () => {
  for (const how of ['exit', 'abort', 'timer', 'reject']) {
    const { status } = await get(server, `/exits?how=${how}`)
    assert.ok([200, 503].includes(status), `${how}: ${status}`)
    assert.equal((await get(server, '/fine')).status, 200, how)
  }
})

test('a page that killed its host is not what the next hosts are warmed with', async () => {
  const others = copySite('faulty')
  await using own = await serveSite(others, { hosts: 1, spares: 0, maxQueueMs: 20_000 })
  // No route had an example that is older: the first visit to this one makes it.
  assert.ok([200, 503].includes((await get(own, '/leaves?how=reject')).status))
  for (let visit = 0; visit < 5; visit += 1) await get(own, '/fine')
  const lastMs = performance.now() + 20_000
  const pid = async (): Promise<number | undefined> =>
    ((await (await fetch(`${own.adminUrl}/admin/pages`)).json()) as { pools: { hostList: { pid: number }[] }[] })
      .pools[0]?.hostList[0]?.pid
  for (let same = 0, before = await pid(); same < 40;) {
    if (performance.now() > lastMs) assert.fail('hosts go on dying')
    await new Promise((resolve) => setTimeout(resolve, 50))
    const now = await pid()
    same = now !== undefined && now === before ? same + 1 : 0
    before = now
  }
  assert.equal((await get(own, '/fine')).status, 200)
  others[Symbol.dispose]()
})

test('props of every kind are sent or refused, never malformed', async () => {
  const rich = await get(server, '/values?kind=rich')
  assert.equal(rootOf(rich.text), '<p>1970-01-01T00:00:00.000Z 10 1</p>')
  assert.equal((await get(server, '/values?kind=none')).status, 200)
  for (const kind of ['array', 'number', 'text', 'function'])
    assert.equal((await get(server, `/values?kind=${kind}`)).status, 500, kind)
})

test('a page above its size is refused', async () => {
  assert.equal((await get(server, '/large?rows=100')).status, 200)
  assert.equal((await get(server, '/large?rows=200000')).status, 500)
  assert.equal((await get(server, '/large?rows=100')).status, 200)
})

test('web APIs are there while a page renders', async () => {
  assert.equal(rootOf((await get(server, '/apis')).text), '<p>bytes function</p>')
})

test('forms are answered without JavaScript, and those of other sites are refused', async () => {
  const post = (name: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`${server.url}/form`, { method: 'POST', body: new URLSearchParams({ name }), headers, redirect: 'manual' })
  const wrong = await post('bad')
  assert.deepEqual([wrong.status, /not bad/.test(await wrong.text())], [200, true])
  const right = await post('ok')
  assert.deepEqual([right.status, right.headers.get('location')], [303, '/fine'])
  await right.text()
  for (const headers of [{ 'sec-fetch-site': 'cross-site' }, { origin: 'http://evil.example' }]) {
    const refused = await post('ok', headers)
    assert.equal(refused.status, 403)
    await refused.text()
  }
  const long = await post('x'.repeat(5_000))
  assert.equal(long.status, 413)
  await long.text()
})

test('a backend in any language gets a page for its props, or a reason', async () => {
  const render = async (
    route: string,
    body: unknown,
  ): Promise<{ status: number; text: string; code: string | undefined }> => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/v1/pages/${route}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json') === true
    const code = isJson ? (JSON.parse(text) as { error: { code: string } }).error.code : undefined
    return { status: response.status, text, code }
  }
  const hello = await render('typed', { props: { name: '<Ada>' } })
  assert.equal(hello.status, 200)
  assert.equal(rootOf(hello.text), '<p>Hello &lt;Ada&gt;</p>')
  const wrong = await render('typed', { props: { name: 5 } })
  assert.deepEqual([wrong.status, wrong.code, /must be text/.test(wrong.text)], [422, 'EK_PAGE_PROPS', true])
  for (const props of [[], 5, 's']) assert.equal((await render('fine', { props })).code, 'EK_PAGE_PROPS')
  assert.equal((await render('nothing', {})).code, 'EK_PAGE_NOT_FOUND')
  assert.equal((await render('throws', {})).code, 'EK_PAGE_THREW')
  assert.equal((await render('typed', { props: { name: 'x'.repeat(8_000) } })).status, 413)
})

test('a hundred visitors of one cached page cost one render, and share nothing but the key', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => get(server, '/cached?q=a&tracking=x')))
  assert.equal(new Set(answers.map(({ text }) => text)).size, 1)
  const [, made = ''] =
    /<p>(\d+) \[\{&quot;q&quot;:&quot;a&quot;\},\{\},null\]/.exec(rootOf(answers[0]?.text ?? '')) ?? []
  const private_ = await get(server, '/cached?q=a', {
    cookie: 'session=secret; locale=de',
    authorization: 'Bearer secret',
  })
  assert.match(rootOf(private_.text), new RegExp(`${Number(made) + 1} \\[.*locale.*de.*null`))
  assert.doesNotMatch(private_.text, /secret/)
  const again = await get(server, '/cached?q=a')
  assert.match(again.headers.get('cache-status') ?? '', /^evenkeel; hit; ttl=\d+$/)
  const purge = (body: unknown): Promise<Response> =>
    fetch(`${server.adminUrl}/admin/pages/purge`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  assert.deepEqual(await (await purge({ tags: ['all'] })).json(), { purged: 2 })
  assert.match((await get(server, '/cached?q=a')).headers.get('cache-status') ?? '', /fwd=uri-miss; stored/)
})
