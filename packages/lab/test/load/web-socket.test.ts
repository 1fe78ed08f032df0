import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { suite, test } from 'node:test'
import { WebSocketServer, type WebSocket } from 'ws'
import { LatencyHistogram, type LabResult } from '../../src/result.ts'
import { runFlow, type FlowOptions } from '../support/run-flow.ts'
import { freePort } from '../support/test-server.ts'

async function withServer(
  onSocket: (socket: WebSocket, protocol: string) => void,
  flow: readonly unknown[],
  options: FlowOptions = {},
): Promise<LabResult> {
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    handleProtocols: (protocols) => [...protocols][0] ?? false,
  })
  await once(server, 'listening')
  server.on('connection', (socket) => onSocket(socket, socket.protocol))
  const { port } = server.address() as AddressInfo
  try {
    return await runFlow(`ws://127.0.0.1:${port}`, flow, {
      ...options,
      scenario: { engine: 'ws', ...options.scenario },
    })
  } finally {
    for (const client of server.clients) client.terminate()
    server.close()
    await once(server, 'close')
  }
}

suite('WebSocket steps', () => {
  test('text, objects and variables are sent; loops and pauses work', async () => {
    const got: string[] = []
    const result = await withServer(
      (socket) => socket.on('message', (data: Buffer) => got.push(data.toString())),
      [
        { send: 'hello' },
        { send: { a: '{{ v }}' } },
        { think: 0.01 },
        { loop: [{ send: '{{ $loopCount }}' }], count: 2 },
        { think: 0.05 },
      ],
      { config: { variables: { v: 7 } } },
    )
    assert.deepEqual(result.errors, [])
    assert.deepEqual(got, ['hello', '{"a":7}', '0', '1'])
    assert.equal(result.counters['websocket.messages_sent'], 4)
  })

  test('of three messages for one the first that fits is taken, and the rest do no harm', async () => {
    const result = await withServer(
      (socket) =>
        socket.on('message', () => {
          for (const kind of ['noise', 'answer', 'answer'])
            socket.send(JSON.stringify({ kind, id: kind === 'noise' ? 0 : 9 }))
        }),
      [
        { send: { payload: 'ask', match: { json: '$.kind', value: 'answer' }, capture: { json: '$.id', as: 'id' } } },
        { send: { payload: { got: '{{ id }}' }, match: { json: '$.id', value: '{{ id }}' } } },
      ],
    )
    assert.deepEqual(result.errors, [])
    assert.equal(result.users.completed, 1)
    assert.equal(result.requests.responses, 2)
    const roundTrip = result.custom['websocket.round_trip']
    assert.ok(roundTrip)
    assert.equal(roundTrip.count, 2)
    assert.ok(LatencyHistogram.decode(roundTrip).max > 0)
    assert.ok((result.counters['websocket.messages_received'] ?? 0) >= 4)
  })

  test('three messages for one are all counted, and the time to the one that fits is a figure', async () => {
    const result = await withServer(
      (socket) =>
        socket.on('message', () => {
          for (const id of [1, 2, 3]) socket.send(JSON.stringify({ id }))
        }),
      [
        { send: { payload: 'ask', capture: { json: '$.id', as: 'id' } } },
        { wait: { match: { json: '$.id', value: 3 } } },
        { function: 'check' },
      ],
      {
        functions: {
          check: (context: { vars: { id: number } }) => {
            if (context.vars.id !== 1) throw new Error(`captured ${context.vars.id}`)
          },
        },
      },
    )
    assert.deepEqual(result.errors, [])
    assert.equal(result.counters['websocket.messages_received'], 3)
    assert.equal(result.custom['websocket.round_trip']?.count, 2)
  })

  test('a greeting is waited for', async () => {
    const result = await withServer(
      (socket) => socket.send('{"hello":"you"}'),
      [{ wait: { capture: { json: '$.hello', as: 'who' } } }],
    )
    assert.deepEqual(result.errors, [])
  })

  test('a message that never comes fails after the time limit and says what came instead', async () => {
    const result = await withServer(
      (socket) => socket.on('message', () => socket.send('{"kind":"noise"}')),
      [{ send: { payload: 'ask', match: { json: '$.kind', value: 'answer' } } }],
      { config: { ws: { timeout: '200ms' } } },
    )
    assert.equal(result.counters['errors.ETIMEDOUT'], 1)
    assert.match(result.errors[0]?.message ?? '', /json \$\.kind is noise, expected answer/)
  })

  test('subprotocols from the configuration or a header, and an address of its own', async () => {
    const protocols: string[] = []
    await withServer((_socket, protocol) => protocols.push(protocol), [{ send: 'x' }], {
      config: { ws: { subprotocols: ['chat'] } },
    })
    await withServer((_socket, protocol) => protocols.push(protocol), [{ send: 'x' }], {
      config: { ws: { headers: { 'Sec-WebSocket-Protocol': 'mine' } } },
    })
    assert.deepEqual(protocols, ['chat', 'mine'])
  })

  test('a server that is down, and one that closes, are each counted once', async () => {
    const down = await runFlow(`ws://127.0.0.1:${await freePort()}`, [{ send: 'x' }], { scenario: { engine: 'ws' } })
    assert.equal(down.counters['errors.ECONNREFUSED'], 1)
    assert.equal(down.errors.length, 1)
    const closing = await withServer(
      (socket) => socket.on('message', () => socket.terminate()),
      [{ send: { payload: 'x', capture: { json: '$.a', as: 'a' } } }],
    )
    assert.equal(closing.counters['errors.ECONNRESET'], 1)
    assert.equal(closing.users.failed, 1)
  })
})
