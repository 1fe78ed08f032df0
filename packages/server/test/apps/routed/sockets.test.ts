import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import WebSocket from 'ws'
import { until } from '../../support/temp-app.ts'
import { tempSite, type TempSite } from '../../support/temp-site.ts'

const source = (version: string): string => `
let closed = [], moved = 0
export default {
  fetch(request, env, context) {
    const { pathname, search } = new URL(request.url)
    if (pathname === '/publish') { context.publish('room', 'all ' + search.slice(1)); return new Response('published') }
    if (pathname === '/exit') process.exit(3)
    return Response.json({ pid: process.pid, version: '${version}', closed, moved })
  },
  websocket: {
    upgrade(request) {
      const url = new URL(request.url)
      if (url.pathname === '/no') return new Response('not you', { status: 403, headers: { 'x-why': 'because' } })
      return { data: { user: url.searchParams.get('user'), seen: 0 }, protocol: url.searchParams.get('protocol') ?? undefined }
    },
    open(peer) { peer.subscribe('room'); if (peer.moved) moved += 1 },
    async message(peer, message) {
      const text = message.isBinary ? '' : message.text()
      if (text === 'close') return peer.close(4001, 'as asked')
      if (text.startsWith('all ')) { peer.publish('room', text); return peer.send(text) }
      if (message.isBinary) return peer.send(message.bytes())
      if (peer.data.user === 'pid') return peer.send(String(process.pid))
      if (peer.data.user === 'slow') await new Promise((resolve) => setTimeout(resolve, 2))
      peer.send('${version} ' + text)
    },
    close(peer, { code, reason }) { closed.push([code, reason]) },
  },
}`

interface Client extends Disposable {
  readonly socket: WebSocket
  readonly messages: (string | Buffer)[]
  readonly closed: Promise<readonly [code: number, reason: string]>
}

async function connect(site: TempSite, query = '', protocols: string[] = []): Promise<Client> {
  const socket = new WebSocket(`${site.url.replace('http', 'ws')}/chat/${query}`, protocols)
  const messages: (string | Buffer)[] = []
  socket.on('message', (data: Buffer, isBinary) => messages.push(isBinary ? data : data.toString()))
  const closed = new Promise<readonly [number, string]>((resolve) =>
    socket.once('close', (code, reason) => resolve([code, reason.toString()])),
  )
  socket.on('error', () => undefined)
  await once(socket, 'open')
  return { socket, messages, closed, [Symbol.dispose]: () => socket.terminate() }
}

const files = { 'apps/chat.js': source('v1') }

test('messages, protocols, refusals and close codes pass through the gateway', async () => {
  await using site = await tempSite(files)
  using client = await connect(site, '?protocol=b', ['a', 'b'])
  assert.equal(client.socket.protocol, 'b')
  client.socket.send('hi')
  client.socket.send(Buffer.alloc(100_000, 7))
  client.socket.send('')
  await until(async () => client.messages.length === 3)
  assert.equal(client.messages[0], 'v1 hi')
  assert.ok((client.messages[1] as Buffer).equals(Buffer.alloc(100_000, 7)))
  assert.equal(client.messages[2], 'v1 ')
  client.socket.send('close')
  assert.deepEqual(await client.closed, [4001, 'as asked'])
  using other = await connect(site)
  other.socket.close(4002, 'enough')
  await until(async () => {
    const { closed } = (await (await fetch(`${site.url}/chat/`)).json()) as { closed: unknown[] }
    return JSON.stringify(closed).includes('[4002,"enough"]')
  })
  const refused = new WebSocket(`${site.url.replace('http', 'ws')}/chat/no`)
  refused.on('error', () => undefined)
  const [, response] = (await once(refused, 'unexpected-response')) as [
    unknown,
    { statusCode: number; headers: object },
  ]
  assert.equal(response.statusCode, 403)
  assert.equal((response.headers as Record<string, string>)['x-why'], 'because')
  refused.terminate()
  const nowhere = new WebSocket(`${site.url.replace('http', 'ws')}/nowhere`)
  nowhere.on('error', () => undefined)
  const [, missing] = (await once(nowhere, 'unexpected-response')) as [unknown, { statusCode: number }]
  assert.equal(missing.statusCode, 404)
  nowhere.terminate()
})

test('a reload keeps every WebSocket open; each message is answered once, in order', async () => {
  await using site = await tempSite(files, { apps: { chat: { instances: 2 } } })
  const clients = await Promise.all(
    Array.from({ length: 20 }, (_, index) => connect(site, index < 10 ? '?user=slow' : '')),
  )
  try {
    let sent = 0
    let stopped = false
    const sending = (async () => {
      for (; !stopped; sent += 1) {
        for (const { socket } of clients) socket.send(String(sent))
        await new Promise((resolve) => setTimeout(resolve, 2))
      }
    })()
    for (const version of ['v2', 'v3']) {
      site.write('apps/chat.js', source(version))
      assert.equal((await site.admin('/admin/apps/chat/reload', { method: 'POST' })).status, 200)
      await until(async () => clients.every(({ messages }) => String(messages.at(-1)).startsWith(version)))
    }
    stopped = true
    await sending
    for (const { messages } of clients) {
      await until(async () => messages.length === sent)
      assert.deepEqual(
        messages.map((text) => Number(String(text).split(' ')[1])),
        Array.from({ length: sent }, (_, index) => index),
      )
    }
  } finally {
    for (const client of clients) client[Symbol.dispose]()
  }
})

test('topics reach every runtime, also after sockets have moved', async () => {
  await using site = await tempSite(files, { apps: { chat: { instances: 2 } } })
  const clients = await Promise.all(Array.from({ length: 8 }, () => connect(site)))
  try {
    const published = async (text: string): Promise<void> => {
      clients[0]?.socket.send(text)
      await until(async () => clients.every(({ messages }) => messages.includes(text)))
    }
    await published('all one')
    site.write('apps/chat.js', source('v2'))
    assert.equal((await site.admin('/admin/apps/chat/reload', { method: 'POST' })).status, 200)
    // A topic reaches who is subscribed: all have to have moved.
    await until(async () => {
      for (const { socket } of clients) socket.send('where')
      await new Promise((resolve) => setTimeout(resolve, 20))
      return clients.every(({ messages }) => messages.at(-1) === 'v2 where')
    })
    await published('all two')
    for (const { messages } of clients)
      assert.deepEqual(
        messages.filter((text) => String(text).startsWith('all')),
        ['all one', 'all two'],
      )
  } finally {
    for (const client of clients) client[Symbol.dispose]()
  }
})

test('what is published while sockets move reaches every one of them, once', async () => {
  await using site = await tempSite(files, { apps: { chat: { instances: 2 } } })
  const clients = await Promise.all(Array.from({ length: 30 }, () => connect(site)))
  try {
    let published = 0
    let stopped = false
    const publishing = (async () => {
      for (; !stopped; published += 1) assert.equal((await fetch(`${site.url}/chat/publish?${published}`)).status, 200)
    })()
    for (const version of ['v2', 'v3', 'v4']) {
      const before = published
      site.write('apps/chat.js', source(version))
      assert.equal((await site.admin('/admin/apps/chat/reload', { method: 'POST' })).status, 200)
      await until(async () => {
        for (const { socket } of clients) socket.send('where')
        await new Promise((resolve) => setTimeout(resolve, 20))
        return published > before + 20 && clients.every(({ messages }) => messages.includes(`${version} where`))
      })
    }
    stopped = true
    await publishing
    const { moved } = (await (await fetch(`${site.url}/chat/`)).json()) as { moved: number }
    assert.ok(moved > 0, 'the app is told that they moved')
    for (const { messages } of clients) {
      const own = (): readonly number[] =>
        messages.filter((text) => String(text).startsWith('all ')).map((text) => Number(String(text).slice(4)))
      await until(async () => own().length >= published)
      assert.deepEqual(
        own().toSorted((first, second) => first - second),
        Array.from({ length: published }, (_, index) => index),
      )
    }
  } finally {
    for (const client of clients) client[Symbol.dispose]()
  }
})

test('WebSockets are spread over the runtimes', async () => {
  await using site = await tempSite(files, { apps: { chat: { instances: 2, reserve: false } } })
  const clients = await Promise.all(Array.from({ length: 20 }, () => connect(site, '?user=pid')))
  try {
    for (const { socket } of clients) socket.send('pid')
    await until(async () => clients.every(({ messages }) => messages.length === 1))
    const counts = [...Map.groupBy(clients, ({ messages }) => String(messages[0])).values()].map(({ length }) => length)
    assert.deepEqual(counts, [10, 10])
  } finally {
    for (const client of clients) client[Symbol.dispose]()
  }
})

test('a runtime that is lost ends its own WebSockets, which connect again; a message above the limit is 1009', async () => {
  await using site = await tempSite(files, { apps: { chat: { limits: { maxMessageBytes: 1_000 } } } })
  using large = await connect(site)
  large.socket.send('x'.repeat(1_001))
  assert.equal((await large.closed)[0], 1009)
  using lost = await connect(site)
  await fetch(`${site.url}/chat/exit`)
  assert.equal((await lost.closed)[0], 1006)
  await until(async () => (await fetch(`${site.url}/chat/`)).ok)
  using again = await connect(site)
  again.socket.send('back')
  await until(async () => again.messages[0] === 'v1 back')
})

test('a flood for a slow handler loses nothing through the gateway', async () => {
  await using site = await tempSite(files)
  using client = await connect(site, '?user=slow')
  for (let sent = 0; sent < 2_000; sent += 1) client.socket.send(`${sent} ${'x'.repeat(500)}`)
  assert.equal((await fetch(`${site.url}/chat/`)).status, 200)
  await until(async () => client.messages.length === 2_000)
})
