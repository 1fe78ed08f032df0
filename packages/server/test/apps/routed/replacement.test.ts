import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchApp, until } from '../../support/temp-app.ts'
import { tempSite, type TempSite } from '../../support/temp-site.ts'

const source = (version: string): string =>
  fetchApp(`
    if (url.pathname === '/loop') for (;;);
    if (url.pathname === '/exit') process.exit(3)
    if (url.pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 100))
    if (url.pathname === '/slower') await new Promise((resolve) => setTimeout(resolve, 2_000))
    if (url.pathname === '/burn') { const until = performance.now() + 100; while (performance.now() < until); }
    return new Response('${version} ' + process.pid, { headers: { 'x-version': '${version}' } })`)

interface Answer {
  readonly status: number
  readonly text: string
}

async function ask(site: TempSite, path = '/'): Promise<Answer> {
  const response = await fetch(`${site.url}/app${path}`, { signal: AbortSignal.timeout(20_000) })
  const text = await response.text()
  if (response.ok) assert.equal(text.split(' ')[0], response.headers.get('x-version'), 'one answer, one version')
  return { status: response.status, text }
}

/** What waits here must outlast the start of a runtime on a busy machine. */
const patient = { maxQueueMs: 60_000 }

const code = ({ text }: Answer): string => (JSON.parse(text) as { error: { code: string } }).error.code

test('reloads under load lose nothing and mix nothing; broken code leaves the old one serving', async () => {
  await using site = await tempSite({ 'apps/app.js': source('v0') }, { apps: { app: { instances: 2 } } })
  let running = true
  const seen = new Set<string>()
  const clients = Array.from({ length: 20 }, async () => {
    while (running) {
      const { status, text } = await ask(site)
      assert.equal(status, 200, text)
      seen.add(text.split(' ')[0] ?? '')
    }
  })
  const served = Promise.all(clients)
  // A failure elsewhere ends the server under them.
  served.catch(() => undefined)
  try {
    for (let version = 1; version <= 4; version += 1) {
      site.write('apps/app.js', source(`v${version}`))
      const answer = await site.admin('/admin/apps/app/reload', { method: 'POST' })
      assert.equal(answer.status, 200, await answer.text())
      await until(async () => seen.has(`v${version}`))
    }
    site.write('apps/app.js', 'export default {\n fetch: (')
    const broken = await site.admin('/admin/apps/app/reload', { method: 'POST' })
    assert.equal(broken.status, 422)
    assert.match(await broken.text(), /app\.js:2/)
    assert.match((await ask(site)).text, /^v4 /)
    assert.equal((await site.admin('/admin/apps/nobody/reload', { method: 'POST' })).status, 404)
  } finally {
    running = false
  }
  await served
})

test('an endless loop costs its own request: with one request at a time, others see no error', async () => {
  const limits = { maxBlockedMs: 500, maxConcurrent: 1 }
  await using site = await tempSite(
    { 'apps/app.js': source('v') },
    { apps: { app: { instances: 2, limits, ...patient } } },
  )
  const stuck = ask(site, '/loop')
  const others = Promise.all(Array.from({ length: 300 }, () => ask(site)))
  assert.deepEqual(new Set((await others).map(({ status }) => status)), new Set([200]))
  const lost = await stuck
  assert.equal(lost.status, 503)
  assert.equal(code(lost), 'EK_APP_LOST')
  await until(
    async () =>
      new Set((await Promise.all([ask(site, '/slow'), ask(site, '/slow')])).map(({ text }) => text)).size === 2,
  )
  await until(async () => /restarts_total\{app="app"\} 1\n/.test(await (await site.admin('/metrics')).text()))
})

test('with one runtime, what waits while it is replaced is answered by the next one', async () => {
  const limits = { maxBlockedMs: 500, maxConcurrent: 1 }
  await using site = await tempSite({ 'apps/app.js': source('v') }, { apps: { app: { limits, ...patient } } })
  const first = await ask(site)
  const stuck = ask(site, '/loop')
  const waiting = await Promise.all(Array.from({ length: 20 }, () => ask(site)))
  assert.equal((await stuck).status, 503)
  for (const { status, text } of waiting) {
    assert.equal(status, 200)
    assert.notEqual(text, first.text)
  }
})

test('a runtime that ends takes only what it had', async () => {
  await using site = await tempSite({ 'apps/app.js': source('v') }, { apps: { app: patient } })
  assert.deepEqual(code(await ask(site, '/exit')), 'EK_APP_LOST')
  assert.equal((await ask(site)).status, 200)
})

test('what waits is bounded in number and time, refused at once above it, and counted', async () => {
  const app = { limits: { maxConcurrent: 1 }, maxQueued: 3, maxQueueMs: 1_500 }
  await using site = await tempSite({ 'apps/app.js': source('v') }, { apps: { app } })
  await ask(site)
  const batch = (path: string): Promise<Answer[]> => Promise.all(Array.from({ length: 10 }, () => ask(site, path)))
  const codes = (answers: readonly Answer[]): readonly string[] =>
    answers.filter(({ status }) => status === 503).map(code)
  assert.deepEqual(
    codes(await batch('/burn')),
    Array.from({ length: 6 }, () => 'EK_OVERLOAD_QUEUE_FULL'),
  )
  const slow = codes(await batch('/slower'))
  assert.deepEqual(slow.filter((each) => each === 'EK_OVERLOAD_QUEUE_TIMEOUT').length, 3)
  assert.equal(slow.length, 9)
  const refused = Array.from({ length: 10 }, () => fetch(`${site.url}/app/burn`))
  const late = (await Promise.all(refused)).find(({ status }) => status === 503)
  assert.equal(late?.headers.get('retry-after'), '1')
  const metrics = await (await site.admin('/metrics')).text()
  assert.match(metrics, /evenkeel_app_refused_total\{app="app",reason="queue_full"\} 18/)
  assert.equal((await ask(site)).status, 200)
})

test('a blocked event loop is no reason to answer late', async () => {
  const limits = { maxBlockedMs: 3_000, handlerTimeoutMs: 300 }
  await using site = await tempSite({ 'apps/app.js': source('v') }, { apps: { app: { limits } } })
  const startedAt = performance.now()
  const answer = await ask(site, '/loop')
  assert.equal(answer.status, 504)
  assert.ok(performance.now() - startedAt < 2_500, 'before the runtime is ended')
})

test('two apps: what one saturates or breaks is not the other’s', async () => {
  const limits = { maxBlockedMs: 500 }
  await using site = await tempSite(
    {
      'apps/app.js': `globalThis.shared = (globalThis.shared ?? 0) + 1\n${source('a')}`,
      'apps/other.js': fetchApp('return new Response(String(globalThis.shared))'),
    },
    { apps: { app: { limits } } },
  )
  const stuck = ask(site, '/loop')
  for (let asked = 0; asked < 50; asked += 1)
    assert.equal(await (await fetch(`${site.url}/other/`)).text(), 'undefined')
  assert.equal((await stuck).status, 503)
})

test('an app that crashes again and again turns the readiness of the server red, and nothing else', async () => {
  const crashing = `setTimeout(() => { throw new Error('always') }, 50)\n${source('v')}`
  await using site = await tempSite({ 'apps/app.js': crashing, 'apps/other.js': source('v') })
  const ready = async (): Promise<number> => (await site.admin('/ready')).status
  await until(async () => (await ready()) === 503)
  assert.equal((await site.admin('/live')).status, 200)
  assert.equal((await fetch(`${site.url}/other/`)).status, 200)
  site.write('apps/app.js', source('v2'))
  assert.equal((await site.admin('/admin/apps/app/reload', { method: 'POST' })).status, 200)
  assert.equal(await ready(), 200)
})

test('a stop lets what is under way end', async () => {
  const site = await tempSite({ 'apps/app.js': source('v') })
  try {
    const slow = Array.from({ length: 30 }, () => ask(site, '/slower'))
    await until(async () => /in_flight\{app="app"\} 30/.test(await (await site.admin('/metrics')).text()))
    const closing = site.server.close()
    assert.deepEqual(new Set((await Promise.all(slow)).map(({ status }) => status)), new Set([200]))
    await closing
  } finally {
    await site[Symbol.asyncDispose]()
  }
})
