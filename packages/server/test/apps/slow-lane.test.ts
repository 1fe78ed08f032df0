import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Agent, request } from 'undici'
import { answerSeen, fetchApp, tempApp, until, type Seen, type TempApp } from '../support/temp-app.ts'

const source = fetchApp(
  `
  const burn = (ms) => { const until = performance.now() + ms; while (performance.now() < until); }
  if (url.pathname === '/burn') burn(Number(url.searchParams.get('ms') ?? 40))
  if (url.pathname === '/wait') await new Promise((resolve) => setTimeout(resolve, 60))
  if (url.pathname === '/throw') { burn(40); throw new Error('after long work') }
  if (url.pathname === '/exit') { burn(40); if (env.DIE === url.searchParams.get('die')) process.exit(3) }
  if (url.pathname === '/body') { burn(40); return new Response((await request.bytes()).reverse(), { status: 201, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2']] }) }
  if (url.pathname === '/stream') { burn(40); let sent = 0; return new Response(new ReadableStream({
    pull(controller) { sent += 1; controller.enqueue(new Uint8Array(65_536)) }, cancel() { console.log('cancelled after ' + sent) } }, { highWaterMark: 0 })) }${answerSeen}`,
)

async function ask({ url }: TempApp, path: string, init: RequestInit = {}): Promise<Seen> {
  const response = await fetch(url + path, init)
  assert.equal(response.status, 200, await response.clone().text())
  return (await response.json()) as Seen
}

/** Asks until a runtime answers that accepts no connections. */
async function taught(running: TempApp, path: string): Promise<number> {
  let pid = 0
  await until(async () => {
    const response = await fetch(running.url + path)
    const text = await response.text()
    pid = response.ok && text.startsWith('{') ? (JSON.parse(text) as Seen).pid : 0
    return pid !== 0 && !running.app.pids().includes(pid)
  })
  return pid
}

test('requests that compute for long are answered elsewhere, as they are here; those that only wait are not', async () => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: true })
  const before = await ask(running, '/burn?ms=40&first', { headers: { 'x-own': 'a' } })
  assert.deepEqual(running.app.pids(), [before.pid])
  await taught(running, '/burn')
  const after = await ask(running, '/burn?ms=40&first', { headers: { 'x-own': 'a' } })
  const { connection: _connection, ...headers } = before.headers
  assert.deepEqual({ ...after, pid: before.pid }, { ...before, headers })
  for (let round = 0; round < 5; round += 1) assert.equal((await ask(running, '/wait')).pid, before.pid)
})

test('a connection beside which others compute for long does not wait for them', async () => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: true })
  await taught(running, '/burn?ms=40')
  const agent = new Agent({ connections: 1 })
  let over = false
  const long = Promise.all([1, 2, 3].map(() => ask(running, '/burn?ms=200'))).then(() => (over = true))
  let quick = 0
  while (!over) {
    const { body } = await request(running.url, { dispatcher: agent })
    await body.dump()
    quick += 1
  }
  await long
  await agent.destroy()
  // Three times 200 ms in one other runtime; one quick request behind each would be three.
  assert.ok(quick > 30, `${quick} quick requests were answered`)
})

test('bodies, cookies and statuses pass unchanged, errors are told and counted once', async () => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: true })
  const send = async (body: BodyInit): Promise<Response> =>
    fetch(`${running.url}/body`, { method: 'POST', body, duplex: 'half' } as RequestInit)
  await send('x')
  await send('x')
  await running.logged(/runtimes of their own/)
  await taught(running, '/burn?ms=40')
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
  for (const body of [bytes, new Blob([bytes]).stream()]) {
    const response = await send(body)
    assert.equal(response.status, 201, running.log.join('\n'))
    assert.deepEqual(response.headers.getSetCookie(), ['a=1', 'b=2'])
    assert.deepEqual(await response.bytes(), bytes.toReversed())
  }
  const statuses: number[] = []
  for (let round = 0; round < 6; round += 1) statuses.push((await fetch(`${running.url}/throw`)).status)
  assert.deepEqual(new Set(statuses), new Set([500]))
  const metrics = async (): Promise<string> => (await fetch(`${running.app.adminUrl}/metrics`)).text()
  await until(async () => /requests_total\{status="500"\} 6\n/.test(await metrics()))
  assert.match(await metrics(), /evenkeel_app_failures_total 6\n/)
  assert.match(await metrics(), /requests_total\{status="201"\} 4\n/)
})

test('a visitor who leaves ends the work, and one who does not read holds it back', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: true, limits: { writeIdleMs: 60_000 } })
  await taught(running, '/burn?ms=40')
  for (let round = 0; round < 3; round += 1) {
    const aborting = new AbortController()
    const { body } = await fetch(`${running.url}/stream`, { signal: aborting.signal })
    await body?.getReader().read()
    aborting.abort()
  }
  await until(async () => running.log.filter((line) => line.startsWith('cancelled')).length === 3)
  const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
  t.after(() => socket.destroy())
  socket.write('GET /stream HTTP/1.1\r\nhost: a\r\n\r\n')
  await once(socket, 'readable')
  await taught(running, '/burn?ms=40')
  socket.destroy()
  await until(async () => running.log.filter((line) => line.startsWith('cancelled')).length === 4)
  const chunks = running.log.map((line) => Number(/^cancelled after (\d+)/.exec(line)?.[1] ?? 0))
  assert.ok(Math.max(...chunks) < 500, `${Math.max(...chunks)} chunks of 64 KiB for one who read nothing`)
})

test('a runtime of the lane that is lost costs what it had, and is replaced; a reload starts without one', async () => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: true, variables: { DIE: 'yes' } })
  const pid = await taught(running, '/exit')
  const lost = await fetch(`${running.url}/exit?die=yes`)
  assert.equal(lost.status, 503)
  assert.equal(((await lost.json()) as { error: { code: string } }).error.code, 'EK_APP_LOST')
  assert.notEqual(await taught(running, '/exit'), pid)
  assert.equal(running.app.state.restarts, 1)
  running.write('app.js', source.replace('const { pid } = process', 'const pid = -process.pid'))
  assert.equal((await running.app.reload()).status, 'reloaded')
  await until(async () => running.app.pids().includes(-(await ask(running, '/exit')).pid))
})

test('a version without the lane computes where it is asked', async () => {
  await using running = await tempApp({ 'app.js': source }, { slowLane: false })
  for (let round = 0; round < 5; round += 1)
    assert.deepEqual([(await ask(running, '/burn?ms=20')).pid], running.app.pids())
})
