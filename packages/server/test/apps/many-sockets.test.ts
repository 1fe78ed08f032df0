import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import WebSocket from 'ws'
import { p99Of } from '../support/percentile.ts'
import { tempApp, until, type TempApp } from '../support/temp-app.ts'

const source = `export default {
  fetch: () => new Response(String(process.pid)),
  websocket: {
    open(peer) { peer.subscribe('all'); peer.send('pid ' + process.pid) },
    async message(peer, message) {
      const text = message.text()
      if (text === 'exit') process.exit(3)
      if (text.startsWith('to all ')) { peer.publish('all', text); return peer.send(text) }
      if (text.startsWith('slow ')) await new Promise((resolve) => setTimeout(resolve, 2))
      peer.send(text)
    },
  },
}`

interface Client {
  readonly socket: WebSocket
  readonly messages: string[]
  closeCode: number | undefined
}

async function connect({ url }: TempApp): Promise<Client> {
  const socket = new WebSocket(url.replace('http', 'ws'))
  const client: Client = { socket, messages: [], closeCode: undefined }
  socket.on('message', (data: Buffer) => client.messages.push(data.toString()))
  socket.on('error', () => undefined)
  socket.once('close', (code) => (client.closeCode = code))
  await once(socket, 'open')
  return client
}

const pidOf = ({ messages }: Client): number => Number(messages[0]?.slice(4))

test('a broadcast reaches a thousand sockets in two runtimes once; one that is lost takes only its own', async () => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2 })
  const clients: Client[] = []
  try {
    for (let round = 0; round < 20; round += 1)
      clients.push(...(await Promise.all(Array.from({ length: 50 }, () => connect(running)))))
    await until(async () => clients.every(({ messages }) => messages.length === 1))
    const pids = new Set(clients.map(pidOf))
    assert.deepEqual(pids, new Set(running.app.pids()))
    assert.equal(pids.size, 2, 'connections spread over both')
    clients[0]?.socket.send('to all one')
    await until(async () => clients.every(({ messages }) => messages.length === 2))
    assert.ok(clients.every(({ messages }) => messages[1] === 'to all one'))

    const [victim] = clients
    const lost = clients.filter((client) => victim !== undefined && pidOf(client) === pidOf(victim))
    const kept = clients.filter((client) => !lost.includes(client))
    victim?.socket.send('exit')
    await until(async () => lost.every(({ closeCode }) => closeCode !== undefined))
    assert.deepEqual(new Set(lost.map(({ closeCode }) => closeCode)), new Set([1_006]))
    const again = await Promise.all(Array.from({ length: 20 }, () => connect(running)))
    clients.push(...again)
    await until(async () => again.every(({ messages }) => messages.length > 0))
    assert.ok(again.every((client) => pidOf(client) !== (victim === undefined ? 0 : pidOf(victim))))
    kept[0]?.socket.send('to all two')
    await until(async () => [...kept, ...again].every(({ messages }) => messages.at(-1) === 'to all two'))
    assert.ok(kept.every(({ closeCode, messages }) => closeCode === undefined && messages.length === 3))
  } finally {
    for (const { socket } of clients) socket.terminate()
  }
})

test('ten thousand messages keep their order; five thousand for a handler of 2 ms are all handled', async (t) => {
  await using running = await tempApp({ 'app.js': source })
  const client = await connect(running)
  t.after(() => client.socket.terminate())
  const ask = async (): Promise<void> => assert.equal((await fetch(running.url)).status, 200)
  const alone = await p99Of(ask, { count: 300, clients: 1 })
  for (let index = 0; index < 10_000; index += 1) client.socket.send(String(index))
  await until(async () => client.messages.length === 10_001)
  assert.deepEqual(
    client.messages.slice(1),
    Array.from({ length: 10_000 }, (_, index) => String(index)),
  )
  client.messages.length = 0
  for (let index = 0; index < 5_000; index += 1) client.socket.send(`slow ${index}`)
  const beside = await p99Of(ask, { count: 300, clients: 1 })
  assert.ok(beside < Math.max(100, 2 * alone), `p99 ${beside} ms beside the flood, ${alone} ms alone`)
  assert.ok(client.messages.length < 5_000, 'the flood was still under way')
  const half = (): Promise<void> => until(async () => client.messages.length >= 2_500)
  await half()
  await until(async () => client.messages.length === 5_000)
  assert.equal(client.messages.at(-1), 'slow 4999')
})
