import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { Agent, request as undiciRequest } from 'undici'
import WebSocket from 'ws'
import { median, p99Of } from '../../support/percentile.ts'
import { fetchApp, tempApp, until, type TempApp } from '../../support/temp-app.ts'

const source = `
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc')
let cancelled = 0, pulled = 0
export default {
  websocket: { message: (peer, message) => peer.send(message.text()) },
  ${fetchApp(`
    if (url.pathname === '/state') return Response.json({ cancelled, pulled })
    if (url.pathname === '/open') return Response.json(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length)
    if (url.pathname === '/body') return new Response(String((await request.text()).length))
    if (url.pathname === '/memory') { gc(); return Response.json(process.memoryUsage()) }
    if (url.pathname === '/late') { await new Promise((resolve) => setTimeout(resolve, 700)); return new Response('late') }
    if (url.pathname === '/ticks') return new Response(new ReadableStream({
      async pull(controller) { await new Promise((resolve) => setTimeout(resolve, 5)); controller.enqueue(new Uint8Array(10)) }, cancel() { cancelled += 1 } }))
    if (url.pathname === '/endless') return new Response(new ReadableStream({
      pull(controller) { pulled += 1; controller.enqueue(new Uint8Array(65_536)) }, cancel() { cancelled += 1 } }, { highWaterMark: 0 }))
    return new Response('ok')`).replace('export default {', '')}`

async function open({ url }: TempApp, text: string): Promise<Socket> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  socket.write(text)
  return socket
}

const state = async ({ url }: TempApp): Promise<{ cancelled: number; pulled: number }> =>
  (await (await fetch(`${url}/state`)).json()) as { cancelled: number; pulled: number }

test('a client that does not read holds its answer back, and is cut off after writeIdleMs', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { writeIdleMs: 1_000 } })
  const sockets = await Promise.all(
    Array.from({ length: 5 }, () => open(running, 'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n')),
  )
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'readable')))
  await until(async () => (await state(running)).cancelled === 5)
  const { pulled } = await state(running)
  assert.ok(pulled * 65_536 < 5 * 16 * 1_048_576, `${pulled} chunks of 64 KiB for five who read nothing`)
})

test('so is one whose earlier answers on the connection it has read', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { writeIdleMs: 1_000 } })
  const socket = await open(running, 'GET / HTTP/1.1\r\nhost: a\r\n\r\n')
  t.after(() => socket.destroy())
  await once(socket, 'data')
  socket.pause()
  socket.write('GET /endless HTTP/1.1\r\nhost: a\r\n\r\n')
  await until(async () => (await state(running)).cancelled === 1)
})

test('a client that is refused and then keeps its half of the connection open is cut off, too', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { writeIdleMs: 200, maxBodyBytes: 100 } })
  const openConnections = async (): Promise<number> => {
    const response = await fetch(`${running.url}/open`, { headers: { connection: 'close' } })
    return Number(await response.text())
  }
  const before = await openConnections()
  const socket = connect({ port: Number(new URL(running.url).port), host: '127.0.0.1', allowHalfOpen: true })
  t.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.write(`POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 200\r\n\r\n${'x'.repeat(200)}`)
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(String(answer), /^HTTP\/1\.1 413/)
  await once(socket, 'end')
  await until(async () => (await openConnections()) <= before)
})

test('silence while a handler takes its time cuts nobody off', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { writeIdleMs: 200 } })
  const socket = await open(running, 'GET /late HTTP/1.1\r\nhost: a\r\n\r\n')
  t.after(() => socket.destroy())
  const [answer] = (await once(socket, 'data')) as [Buffer]
  assert.match(String(answer), /^HTTP\/1\.1 200/)
})

test('a client that sends a part of its body and then nothing gets a 408, and others do not wait', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { requestTimeoutMs: 1_000, headTimeoutMs: 500 } })
  const head = 'POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc'
  const sockets = await Promise.all(Array.from({ length: 10 }, () => open(running, head)))
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  for (let asked = 0; asked < 50; asked += 1) assert.equal((await fetch(running.url)).status, 200)
  const answers = await Promise.all(
    sockets.map(async (socket) => {
      let answer = ''
      for await (const chunk of socket) answer += String(chunk)
      return answer
    }),
  )
  for (const answer of answers) assert.match(answer, /^(?:HTTP\/1\.1 (?:408|400) |$)/)
})

test('a client that breaks off in the middle of its body is no failure of the app', async () => {
  await using running = await tempApp({ 'app.js': source })
  const head = 'POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc'
  const counts = async (): Promise<string> => (await fetch(`${running.app.adminUrl}/metrics`)).text()
  for (let round = 0; round < 20; round += 1) {
    const socket = await open(running, head)
    await until(async () => /in_flight 1\n/.test(await counts()))
    socket.destroy()
    await until(async () => /in_flight 0\n/.test(await counts()))
  }
  assert.match(await counts(), /evenkeel_app_failures_total 0\n/)
  assert.match(await counts(), /evenkeel_app_requests_total\{status="499"\} 20\n/)
  assert.ok(!running.log.some((line) => line.includes('failed')), running.log.join('\n'))
})

test('a WebSocket whose peer answers no pings is ended and counted; one that does stays', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { pingEveryMs: 300 } })
  const address = running.url.replace('http', 'ws')
  const silent = new WebSocket(address, { autoPong: false })
  const alive = new WebSocket(address)
  t.after(() => [silent, alive].forEach((socket) => socket.terminate()))
  silent.on('error', () => undefined)
  const closed = once(silent, 'close')
  await Promise.all([once(silent, 'open'), once(alive, 'open')])
  assert.equal(((await closed) as [number])[0], 1_006)
  const metrics = await (await fetch(`${running.app.adminUrl}/metrics`)).text()
  assert.match(metrics, /closed_by_policy_total 1/)
  alive.send('still here')
  assert.equal(String(((await once(alive, 'message')) as [Buffer])[0]), 'still here')
})

test('a thousand visitors who leave in the middle leave nothing open', async () => {
  await using running = await tempApp({ 'app.js': source })
  for (let round = 0; round < 20; round += 1) {
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => open(running, 'GET /ticks HTTP/1.1\r\nhost: a\r\n\r\n')),
    )
    await Promise.all(sockets.map((socket) => once(socket, 'readable')))
    for (const socket of sockets) socket.destroy()
  }
  await until(async () => (await state(running)).cancelled === 1_000)
  const metrics = await (await fetch(`${running.app.adminUrl}/metrics`)).text()
  assert.match(metrics, /evenkeel_app_requests_in_flight 0/)
  assert.match(metrics, /evenkeel_app_failures_total 0/)
})

test('clients that send or read a little and then nothing leave the tail of the others as it is', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2 })
  const agent = new Agent({ connections: 50 })
  t.after(() => agent.destroy())
  const ask = async (): Promise<void> => {
    const { body, statusCode } = await undiciRequest(running.url, { dispatcher: agent })
    assert.equal(statusCode, 200)
    await body.dump()
  }
  const measure = (): Promise<number> => p99Of(ask, { count: 2_000, clients: 50 })
  await measure()
  const alone: number[] = []
  const beside: number[] = []
  for (let round = 0; round < 5; round += 1) {
    alone.push(await measure())
    const head = 'POST /body HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nabc'
    const slow = await Promise.all([
      ...Array.from({ length: 25 }, () => open(running, head)),
      ...Array.from({ length: 25 }, () => open(running, 'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n')),
    ])
    await Promise.all(slow.slice(25).map((socket) => once(socket, 'readable')))
    // What fits into the buffers of the kernel is on its way: from here on they take nothing.
    await stopped(async () => (await state(running)).pulled)
    beside.push(await measure())
    for (const socket of slow) socket.destroy()
    await until(async () => /in_flight 0/.test(await (await fetch(`${running.app.adminUrl}/metrics`)).text()))
  }
  // A fifth more, or what the clock of a busy machine cannot tell apart.
  assert.ok(
    median(beside) < Math.max(median(alone) * 1.2, median(alone) + spreadOf(alone)),
    `p99 ${beside.join(' ')} ms, alone ${alone.join(' ')} ms`,
  )
})

test('an event stream that nobody reads is held back in the app, and costs little memory', async (t) => {
  await using running = await tempApp({ 'app.js': source })
  const memory = async (): Promise<number> => {
    const { external, heapUsed } = (await (await fetch(`${running.url}/memory`)).json()) as NodeJS.MemoryUsage
    return external + heapUsed
  }
  await memory()
  const before = await memory()
  const sockets = await Promise.all(
    Array.from({ length: 30 }, () => open(running, 'GET /endless HTTP/1.1\r\nhost: a\r\n\r\n')),
  )
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'readable')))
  await stopped(async () => (await state(running)).pulled)
  const perStream = ((await memory()) - before) / sockets.length
  assert.ok(perStream < 1_048_576, `${perStream} bytes for each`)
})

/** Resolves when a number has not changed between two looks. */
async function stopped(read: () => Promise<number>): Promise<void> {
  let last = -1
  await until(async () => {
    const now = await read()
    const isSame = now === last
    last = now
    await new Promise((resolve) => setTimeout(resolve, 30))
    return isSame
  })
}

function spreadOf(values: readonly number[]): number {
  return Math.max(...values) - Math.min(...values)
}
