import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { fetchApp, until } from '../../support/temp-app.ts'
import { tempSite, type TempSite } from '../../support/temp-site.ts'

const source = fetchApp(`
    const burn = (ms) => { const until = performance.now() + ms; while (performance.now() < until); }
    if (url.pathname === '/loop') for (;;);
    if (url.pathname === '/later') { await new Promise((resolve) => setTimeout(resolve, 20)); for (;;); }
    if (url.pathname === '/burn') burn(Number(url.searchParams.get('ms')))
    if (url.pathname === '/wait') await new Promise((resolve) => setTimeout(resolve, 300))
    if (url.pathname === '/large') return new Response('x'.repeat(5_000_000))
    return new Response(String(process.pid))`)

interface Answer {
  readonly status: number
  readonly text: string
  readonly tookMs: number
}

async function ask(site: TempSite, path = '/'): Promise<Answer> {
  const startedAtMs = performance.now()
  const response = await fetch(`${site.url}/app${path}`, { signal: AbortSignal.timeout(20_000) })
  const text = await response.text()
  return { status: response.status, text, tookMs: performance.now() - startedAtMs }
}

const code = ({ text }: Answer): string => (JSON.parse(text) as { error: { code: string } }).error.code

/** Ends what runs; the runtimes learn what a route costs. */
async function taught(site: TempSite): Promise<void> {
  for (let round = 0; round < 6; round += 1) await ask(site, '/burn?ms=60')
  for (let round = 0; round < 30; round += 1) await ask(site)
}

test('long requests leave a runtime to quick ones, which never wait behind them', async () => {
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app: { instances: 2 } } })
  await taught(site)
  let over = false
  const long = Promise.all(Array.from({ length: 20 }, () => ask(site, '/burn?ms=200'))).finally(() => (over = true))
  let quick = 0
  const pids = new Set<string>()
  while (!over) {
    const { status, text } = await ask(site)
    assert.equal(status, 200)
    pids.add(text)
    quick += 1
  }
  const answers = await long
  assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
  const busy = new Set(answers.map(({ text }) => text))
  assert.ok(busy.size <= 3)
  // 20 × 200 ms on two runtimes are two seconds: one quick request behind each long one would be ten of them.
  assert.ok(quick > 40, `${quick} quick requests were answered beside the long ones`)
})

test('nothing is placed behind a long request while another runtime has nothing to do', async () => {
  const traced = fetchApp(`
    const startedAtMs = performance.timeOrigin + performance.now()
    if (url.pathname === '/burn') { const until = performance.now() + 100; while (performance.now() < until); }
    return Response.json({ pid: process.pid, startedAtMs, endedAtMs: performance.timeOrigin + performance.now() })`)
  await using site = await tempSite({ 'apps/app.js': traced }, { apps: { app: { instances: 2, reserve: false } } })
  await taught(site)
  const runs: Run[] = []
  const startedAtMs = performance.now()
  const asked: Promise<void>[] = []
  const trace = async (path: string): Promise<void> => {
    const sentAtMs = performance.timeOrigin + performance.now()
    runs.push({ ...(JSON.parse((await ask(site, path)).text) as Omit<Run, 'sentAtMs'>), sentAtMs })
  }
  // 200 a second, of which one of forty computes for 100 ms.
  while (asked.length < 600) {
    while (asked.length < Math.min(600, (performance.now() - startedAtMs) / 5))
      asked.push(trace(asked.length % 40 === 39 ? '/burn?ms=100' : '/'))
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(asked)
  assert.deepEqual(
    runs.filter((run) => isMisplaced(run, runs)),
    [],
  )
})

interface Run {
  readonly pid: number
  readonly sentAtMs: number
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** It was sent after a long run had begun in its runtime, and waited for its end while no other runtime had anything. */
function isMisplaced(run: Run, runs: readonly Run[]): boolean {
  const isLong = ({ startedAtMs, endedAtMs }: Run): boolean => endedAtMs - startedAtMs > 50
  const ahead = runs.find(
    (each) =>
      each.pid === run.pid && isLong(each) && each.startedAtMs < run.sentAtMs - 1 && each.endedAtMs > run.sentAtMs,
  )
  if (ahead === undefined || run.startedAtMs < ahead.endedAtMs) return false
  const waited = { from: run.sentAtMs - 1, to: ahead.endedAtMs }
  // It may have waited at the gateway, where it belongs, and then was sent to whoever was free first.
  if (run.startedAtMs - ahead.endedAtMs > 1) return false
  return !runs.some((each) => each.pid !== run.pid && each.startedAtMs < waited.to && each.endedAtMs > waited.from)
}

test('a request that computes for longer than cpuMs costs its runtime; what the runtime had not read is answered elsewhere', async () => {
  const limits = { cpuMs: 300, maxBlockedMs: 10_000 }
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app: { instances: 2, limits } } })
  await Promise.all(Array.from({ length: 10 }, () => ask(site)))
  const stuck = ask(site, '/loop')
  const others: Answer[] = []
  for (let round = 0; round < 20; round += 1)
    others.push(...(await Promise.all(Array.from({ length: 10 }, () => ask(site)))))
  assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([200]))
  const answer = await stuck
  assert.deepEqual([answer.status, code(answer)], [503, 'EK_APP_CPU'])
  await until(async () => /restarts_total\{app="app"\} 1/.test(await (await site.admin('/metrics')).text()))
})

test('what was sent to a runtime that had no time to read it is answered by the next one', async () => {
  const limits = { cpuMs: 300, maxBlockedMs: 10_000 }
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app: { limits, maxQueueMs: 60_000 } } })
  for (let round = 0; round < 40; round += 1) await ask(site)
  const [stuck, ...others] = await Promise.all([ask(site, '/loop'), ...Array.from({ length: 15 }, () => ask(site))])
  assert.equal(stuck?.status, 503)
  assert.deepEqual(new Set(others.map(({ status }) => status)), new Set([200]))
})

test('one that computes after it has waited is ended, too', async () => {
  const limits = { cpuMs: 300, maxBlockedMs: 10_000 }
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app: { limits } } })
  assert.equal((await ask(site, '/later')).status, 503)
  await until(async () => (await ask(site)).status === 200)
})

test('requests that wait for something else hold up none that come later', async () => {
  await using site = await tempSite({ 'apps/app.js': source })
  await ask(site)
  const waiting = Promise.all(Array.from({ length: 50 }, () => ask(site, '/wait')))
  let over = false
  void waiting.then(() => (over = true))
  let quick = 0
  while (!over) {
    await ask(site)
    quick += 1
  }
  assert.deepEqual(new Set((await waiting).map(({ status }) => status)), new Set([200]))
  assert.ok(quick > 5, `${quick} were answered while fifty waited`)
})

test('who sends many requests at once and reads no answer has one place, and everybody else is answered', async (t) => {
  const app = { limits: { maxConcurrent: 30 }, maxQueued: 30 }
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app } })
  const sockets = Array.from({ length: 20 }, () => {
    const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
    socket.on('error', () => undefined)
    socket.write('GET /app/large HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100))
    return socket
  })
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'readable')))
  for (let asked = 0; asked < 100; asked += 1) assert.equal((await ask(site)).status, 200)
})

test('requests of one connection are answered in their order', async () => {
  await using site = await tempSite({ 'apps/app.js': source })
  const socket = connect(Number(new URL(site.url).port), '127.0.0.1')
  const paths = ['/wait', '/', '/burn?ms=5', '/']
  socket.write(paths.map((path) => `GET /app${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`).join(''))
  socket.write('GET /app/ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 5)
})
