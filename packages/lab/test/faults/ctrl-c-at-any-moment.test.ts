import assert from 'node:assert/strict'
import { once } from 'node:events'
import { suite, test } from 'node:test'
import { WebSocketServer } from 'ws'
import { requestPlan, parseScript, runLoad, type LoadPlan } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'
import { SteadyClock } from '../support/steady-clock.ts'
import { startServer, startTcpServer } from '../support/test-server.ts'

/** Stops a load once it has reached its moment; resolves with the result and how long the load went on. */
async function stopped(plan: LoadPlan, reached: Promise<void>): Promise<{ result: LabResult; tookMs: number }> {
  const controller = new AbortController()
  // A machine that keeps this process from running is not what is tested.
  const clock = new SteadyClock()
  const running = runLoad({ plan, signal: controller.signal, clock })
  await Promise.race([reached, running])
  const startMs = clock.nowMs()
  controller.abort('SIGINT')
  const result = await running
  return { result, tookMs: clock.nowMs() - startMs }
}

/** A server that tells when `/here` was asked for, and answers some paths as it should. */
async function stallingServer() {
  const here = Promise.withResolvers<void>()
  const server = await startServer((request, response) => {
    if (request.url === '/here') here.resolve()
    if (request.url !== '/stall' && request.url !== '/body') return void response.end('x')
    here.resolve()
    if (request.url === '/body') response.writeHead(200, { 'content-length': '10' }).write('x')
  })
  const hang = (_context: unknown, _events: unknown, _done: () => void): void => here.resolve()
  return { server, here: here.promise, hang }
}

const forever = { duration: 600, arrivalRate: 20 }

const moments: Readonly<Record<string, readonly unknown[]>> = {
  'in a pause': [{ get: '/here' }, { think: 500 }],
  'waiting for an answer': [{ get: '/stall' }],
  'waiting for the rest of a body': [{ get: '/body' }],
  'in a function that never calls back': [{ get: '/ok' }, { function: 'hang' }],
  'in a loop without an end': [{ loop: [{ get: '/here' }] }],
  'in a loop that never waits': [{ get: '/here' }, { loop: [{ log: 'x' }] }],
  'in requests side by side': [{ parallel: [{ get: '/stall' }, { get: '/stall' }, { get: '/body' }] }],
}

suite('a stop at any moment: users are gone within 2 s, and what was measured is there, marked partial', () => {
  for (const [moment, flow] of Object.entries(moments))
    test(moment, async () => {
      const { server, here, hang } = await stallingServer()
      await using _server = server
      const script = await parseScript({
        config: { target: server.url, phases: [forever], http: { timeout: 60 } },
        scenarios: [{ flow }],
        hang,
      })
      const { result, tookMs } = await stopped({ kind: 'script', script }, here)
      assert.ok(tookMs <= 2000, `${tookMs} ms`)
      assert.equal(result.status, 'partial')
      assert.equal(result.partialReason, 'stopped by SIGINT')
      assert.ok(result.users.interrupted > 0)
      assert.equal(result.users.created, result.users.completed + result.users.failed + result.users.interrupted)
    })

  for (const section of ['before', 'after'])
    for (const flow of [[{ get: '/stall' }], [{ get: '/ok' }, { function: 'hang' }]])
      test(`in the section "${section}", ${flow.length === 1 ? 'waiting for an answer' : 'in a function that never calls back'}`, async () => {
        const { server, here, hang } = await stallingServer()
        await using _server = server
        const script = await parseScript({
          config: { target: server.url, phases: [{ duration: '10ms', arrivalCount: 1 }], http: { timeout: 60 } },
          [section]: { flow },
          scenarios: [{ flow: [{ get: '/ok' }] }],
          hang,
        })
        const { result, tookMs } = await stopped({ kind: 'script', script }, here)
        assert.ok(tookMs <= 2000, `${tookMs} ms`)
        // Before the first user nothing was measured; after the last one all was.
        assert.equal(result.status, section === 'before' ? 'partial' : 'complete')
        assert.equal(result.users.created, section === 'before' ? 0 : 1)
        if (section === 'after') assert.match(result.warnings.join(), /section "after" failed: interrupted/)
      })

  test('waiting for the message of a WebSocket', async () => {
    const here = Promise.withResolvers<void>()
    const sockets = new WebSocketServer({ port: 0, host: '127.0.0.1' })
    await using stack = new AsyncDisposableStack()
    stack.defer(async () => {
      for (const client of sockets.clients) client.terminate()
      await new Promise((resolve) => sockets.close(resolve))
    })
    sockets.on('connection', (socket) => socket.on('message', () => here.resolve()))
    await once(sockets, 'listening')
    const { port } = sockets.address() as { port: number }
    const script = await parseScript({
      config: { target: `ws://127.0.0.1:${port}`, phases: [forever] },
      scenarios: [{ engine: 'ws', flow: [{ send: { payload: 'x', capture: { json: '$.a', as: 'a' } } }] }],
    })
    const { result, tookMs } = await stopped({ kind: 'script', script }, here.promise)
    assert.ok(tookMs <= 2000, `${tookMs} ms`)
    assert.equal(result.status, 'partial')
    assert.ok(result.users.interrupted > 0)
  })

  test('in a TLS handshake that goes nowhere', async () => {
    const here = Promise.withResolvers<void>()
    await using server = await startTcpServer(() => here.resolve())
    const script = await parseScript({
      config: { target: server.url.replace('http:', 'https:'), phases: [forever], http: { timeout: 60 } },
      scenarios: [{ flow: [{ get: '/x' }] }],
    })
    const { result, tookMs } = await stopped({ kind: 'script', script }, here.promise)
    assert.ok(tookMs <= 2000, `${tookMs} ms`)
    assert.equal(result.status, 'partial')
  })

  test('in a quick load, answered or not', async () => {
    for (const path of ['/here', '/stall']) {
      const { server, here } = await stallingServer()
      await using _server = server
      const plan = requestPlan({ url: server.url + path, connections: 3, durationMs: 600_000 })
      const { result, tookMs } = await stopped(plan, here)
      assert.ok(tookMs <= 2000, `${path}: ${tookMs} ms`)
      assert.equal(result.status, 'partial')
    }
  })
})
