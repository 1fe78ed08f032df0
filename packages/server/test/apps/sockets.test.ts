import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, test } from 'node:test'
import { WebSocket } from 'ws'
import { tempApp, until, type TempApp } from '../support/temp-app.ts'

const source = `
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const closed = []
export default {
  fetch(request) {
    return Response.json(closed)
  },
  websocket: {
    upgrade(request) {
      const url = new URL(request.url)
      if (url.pathname === '/no') return new Response('no', { status: 403 })
      return { data: { name: url.searchParams.get('name'), seen: 0 } }
    },
    open(peer) {
      if (peer.data.name !== null) peer.send('hello ' + peer.data.name)
      peer.subscribe('all')
    },
    async message(peer, message) {
      if (message.isBinary) return void peer.send(message.bytes())
      const text = message.text()
      if (text === 'bye') return peer.close(4001, 'as you wish')
      if (text === 'throw') throw new Error('in a hook')
      if (text === 'count') return void peer.send(String(peer.data.seen))
      if (text.startsWith('all:')) return peer.publish('all', text.slice(4) + '@' + process.pid)
      if (text === 'pid') return void peer.send(String(process.pid))
      if (text === 'flood me') { while (peer.send('x'.repeat(65_536))); for (let i = 0; i < 64; i += 1) peer.send('x'.repeat(65_536)); return }
      if (text === 'slow') { await sleep(2); peer.data.seen += 1; return }
      peer.send(text)
    },
    close(peer, details) { closed.push([details.code, details.reason]) },
  },
}`

let running: TempApp
before(async () => {
  const limits = { maxMessageBytes: 100_000, maxSocketBufferBytes: 1_000_000, pingEveryMs: 60_000, drainMs: 3_000 }
  running = await tempApp({ 'app.js': source }, { limits })
})
after(() => running[Symbol.asyncDispose]())

test('text, bytes, empty and large messages come back as they went, in order', async () => {
  await using client = await open(running)
  const sent: (string | Buffer)[] = [
    '123',
    '{"a":1}',
    '',
    'ü'.repeat(20_000),
    Buffer.from([0, 255, 1]),
    Buffer.alloc(65_536, 7),
  ]
  for (const message of sent) client.socket.send(message)
  for (const message of sent) assert.deepEqual(await client.next(), message)
  for (let index = 0; index < 2_000; index += 1) client.socket.send(`m${index}`)
  for (let index = 0; index < 2_000; index += 1) assert.equal(await client.next(), `m${index}`)
})

test('each connection has its data, and the app may refuse one', async () => {
  await using client = await open(running, '/?name=Ada')
  assert.equal(await client.next(), 'hello Ada')
  const refused = new WebSocket(`${running.url}/no`.replace('http', 'ws'))
  const [, response] = (await once(refused, 'unexpected-response')) as [unknown, { statusCode: number; resume(): void }]
  assert.equal(response.statusCode, 403)
  response.resume()
})

test('close codes and reasons reach both sides, once', async () => {
  await using client = await open(running)
  client.socket.send('bye')
  assert.deepEqual(await client.closed, [4_001, 'as you wish'])
  await using other = await open(running)
  other.socket.close(4_002, 'mine')
  await other.closed
  await until(async () => {
    const ends = (await (await fetch(running.url)).json()) as [number, string][]
    return ends.filter(([code]) => code === 4_002).length === 1 && ends.filter(([code]) => code === 4_001).length === 1
  })
})

test('an error in a hook is logged, and the connection goes on', async () => {
  await using client = await open(running)
  client.socket.send('throw')
  client.socket.send('still here')
  assert.equal(await client.next(), 'still here')
  await running.logged(/in a hook/)
  await running.logged(/at .*app\.js:\d+/)
})

test('a message above the limit closes with 1009', async () => {
  await using client = await open(running)
  client.socket.send('x'.repeat(100_001))
  assert.equal((await client.closed)[0], 1_009)
})

test('a flood for a slow handler loses nothing, and HTTP is answered meanwhile', async () => {
  await using client = await open(running)
  for (let index = 0; index < 1_000; index += 1) client.socket.send('slow')
  client.socket.send('count')
  assert.equal((await fetch(running.url)).status, 200)
  assert.equal(await client.next(), '1000')
})

test('a peer that does not read is closed by policy, and counted', async () => {
  await using client = await open(running)
  client.socket.pause()
  client.socket.send('flood me')
  await until(async () => {
    const metrics = await (await fetch(`${running.app.adminUrl}/metrics`)).text()
    return Number(/closed_by_policy_total (\d+)/.exec(metrics)?.[1]) >= 2
  })
  client.socket.resume()
  await client.closed
})

test('publishing reaches every runtime, once, and a reload tells peers 1012', async () => {
  await using both = await tempApp({ 'app.js': source }, { instances: 2, limits: { drainMs: 3_000 } })
  const clients = [await open(both)]
  const pids = new Set<unknown>()
  // Until both runtimes have one.
  for (let tries = 0; pids.size < 2 && tries < 200; tries += 1) {
    const client = clients.at(-1)
    client?.socket.send('pid')
    pids.add(await client?.next())
    if (pids.size < 2) clients.push(await open(both))
  }
  assert.equal(pids.size, 2)
  clients[0]?.socket.send('all:news')
  const received = await Promise.all(clients.slice(1).map((client) => client.next()))
  assert.ok(received.every((text) => String(text).startsWith('news@')))
  await both.app.reload()
  for (const client of clients) assert.equal((await client.closed)[0], 1_012)
})

interface Client extends AsyncDisposable {
  readonly socket: WebSocket
  readonly closed: Promise<readonly [code: number, reason: string]>
  next(): Promise<string | Buffer>
}

async function open({ url }: { readonly url: string }, path = '/'): Promise<Client> {
  const socket = new WebSocket((url + path).replace('http', 'ws'))
  const messages: (string | Buffer)[] = []
  const waiting: ((message: string | Buffer) => void)[] = []
  socket.on('message', (data: Buffer, isBinary) => {
    const message = isBinary ? data : data.toString()
    const waiter = waiting.shift()
    if (waiter === undefined) messages.push(message)
    else waiter(message)
  })
  socket.on('error', () => undefined)
  const closed = new Promise<readonly [number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, reason.toString()])),
  )
  await once(socket, 'open')
  const next = (): Promise<string | Buffer> => {
    const message = messages.shift()
    return message === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(message)
  }
  const dispose = async (): Promise<void> => {
    socket.terminate()
    await closed
  }
  return { socket, closed, next, [Symbol.asyncDispose]: dispose }
}
