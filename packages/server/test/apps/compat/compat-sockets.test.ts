import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CompatApp, createServer } from '../../../src/apps/compat/compat-app.host.ts'
import type { CompatSocket, Peer } from '../../../src/apps/compat/compat-socket.ts'
import { importApp } from '../../../src/apps/compat/listening.ts'

/** Records what an app does with a WebSocket. */
class RecordingPeer implements Peer {
  readonly id = 'peer-1'
  readonly remoteAddress = '127.0.0.1'
  readonly sent: unknown[] = []
  readonly closed: unknown[] = []
  readonly topics: unknown[] = []
  readonly request: Request
  data: unknown

  constructor(request: Request, data: unknown) {
    this.request = request
    this.data = data
  }

  send(message: string | Uint8Array | ArrayBuffer): boolean {
    this.sent.push(message)
    return true
  }

  close(code?: number, reason?: string): void {
    this.closed.push([code, reason])
  }

  subscribe(topic: string): void {
    this.topics.push(['subscribe', topic])
  }

  unsubscribe(topic: string): void {
    this.topics.push(['unsubscribe', topic])
  }

  publish(topic: string, message: string | Uint8Array | ArrayBuffer): void {
    this.topics.push(['publish', topic, message])
  }
}

const upgradeRequest = (path: string, headers: Record<string, string> = {}): Request =>
  new Request(`http://localhost:3000${path}`, { headers })

function connect(app: ReturnType<typeof createServer>, path: string): RecordingPeer {
  const upgraded = app.websocket.upgrade(upgradeRequest(path))
  assert.ok(!(upgraded instanceof Response))
  return new RecordingPeer(upgradeRequest(path), upgraded.data)
}

test('messages come as text, bytes, or the objects and lists of JSON, with the raw form beside them', async () => {
  const seen: unknown[] = []
  const app = createServer().ws('/chat/:room', (ws) => {
    ws.send('welcome')
    ws.send({ room: ws.params['room'], path: ws.path })
    ws.on('message', (data, raw) => seen.push([data, raw]))
  })
  const peer = connect(app, '/chat/blue')
  await app.websocket.open(peer)
  assert.deepEqual(peer.sent, ['welcome', '{"room":"blue","path":"/chat/blue"}'])
  const bytes = new Uint8Array([0, 1])
  for (const data of ['plain', '123', '{"a":1}', '[1]', '{broken', bytes]) await app.websocket.message(peer, { data })
  assert.deepEqual(seen, [
    ['plain', 'plain'],
    ['123', '123'],
    [{ a: 1 }, '{"a":1}'],
    [[1], '[1]'],
    ['{broken', '{broken'],
    [bytes, bytes],
  ])
})

test('close comes once with its code, and an error goes to whoever listens', async (t) => {
  const logged = t.mock.method(console, 'error', () => undefined)
  const seen: unknown[] = []
  const app = createServer()
    .ws('/a', (ws) => {
      ws.on('close', (code, reason) => seen.push([code, reason])).on('error', (error) => seen.push(error.message))
    })
    .ws('/b', () => undefined)
  const peer = connect(app, '/a')
  await app.websocket.open(peer)
  app.websocket.error(peer, new Error('broken'))
  await app.websocket.close(peer, { code: 4000, reason: 'enough' })
  await app.websocket.close(peer, { code: 4000, reason: 'enough' })
  assert.deepEqual(seen, ['broken', [4000, 'enough']])
  const other = connect(app, '/b')
  await app.websocket.open(other)
  app.websocket.error(other, new Error('nobody listens'))
  assert.equal(logged.mock.callCount(), 1)
})

test('an event that there is not is refused; sending, closing and topics reach the connection', async () => {
  let socket: CompatSocket | undefined
  const app = createServer().ws('/a', (ws) => {
    socket = ws
  })
  const peer = connect(app, '/a')
  await app.websocket.open(peer)
  assert.ok(socket !== undefined)
  const opened = socket
  assert.throws(() => opened.on('open' as 'close', () => undefined), /no event "open"/)
  assert.throws(() => opened.sendJSON(undefined), /cannot be written as JSON/)
  opened.close()
  opened.close(4001, 'bye')
  opened.subscribe('news')
  opened.publish('news', { a: 1 })
  opened.unsubscribe('news')
  assert.deepEqual(peer.closed, [
    [1000, ''],
    [4001, 'bye'],
  ])
  assert.deepEqual(peer.topics, [
    ['subscribe', 'news'],
    ['publish', 'news', '{"a":1}'],
    ['unsubscribe', 'news'],
  ])
})

test('pages of other sites are refused unless they are allowed; programs are not', () => {
  const app = createServer().ws('/a', () => undefined)
  const status = (origin?: string, path = '/a'): number => {
    const answer = app.websocket.upgrade(upgradeRequest(path, origin === undefined ? {} : { origin }))
    return answer instanceof Response ? answer.status : 101
  }
  assert.deepEqual(
    [
      status(),
      status('http://localhost:3000'),
      status('https://evil.example'),
      status('null'),
      status(undefined, '/b'),
    ],
    [101, 101, 403, 403, 404],
  )
  app.setWSAllowedOrigins(['https://shop.example', 'https://app.*'])
  assert.deepEqual(
    [status('https://shop.example'), status('https://app.example'), status('https://shop.example.evil')],
    [101, 101, 403],
  )
  app.setWSAllowAll(true)
  assert.equal(status('https://evil.example'), 101)
})

test('a route and a WebSocket share a path; closing the app closes its sockets', async () => {
  const app = createServer()
    .get('/x', (_req, res) => res.send('http'))
    .ws('/x', () => undefined)
  const peer = connect(app, '/x')
  await app.websocket.open(peer)
  assert.equal(await (await app.fetch(upgradeRequest('/x'))).text(), 'http')
  await app.close()
  assert.deepEqual(peer.closed, [[1001, 'The app ends']])
})

test('listen gives the app to the runtime that imports its file, at once or later, once', async () => {
  let called = 0
  const taken = await importApp(async () => {
    const app = createServer()
    setImmediate(() => void app.listen(3007, () => (called += 1)))
    return {}
  })
  assert.ok(taken instanceof CompatApp)
  assert.equal(called, 1)
  await assert.rejects(taken.listen('3000'), { code: 'EK_COMPAT_LISTEN', hint: /evenkeel run/ })
})

test('a file with a default export, or without any app, waits for nothing', async () => {
  const app = createServer()
  assert.equal(await importApp(async () => ({ default: app })), app)
  assert.equal(await importApp(async () => ({})), undefined)
})
