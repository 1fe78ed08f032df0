import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { fetchApp, tempApp, type TempApp } from '../support/temp-app.ts'

let running: TempApp
before(async () => {
  running = await tempApp({
    'app.js': `
const large = { status: 'ok', size: 51_200, data: 'x'.repeat(51_200) }
let asked = 0
${fetchApp(`
  switch (url.pathname) {
    case '/test': return Response.json({ message: 'Serial test', timestamp: Date.now() })
    case '/concurrent': return Response.json({ message: 'Concurrent test', id: Math.random() })
    case '/stress': return Response.json({ status: 'ok', load: 'high' })
    case '/fast': return Response.json({ type: 'fast' })
    case '/medium': return Response.json({ type: 'medium', data: 'some data here' })
    case '/echo': return Response.json({ type: 'echo', body: await request.text() })
    case '/stable': return Response.json({ status: 'stable', timestamp: Date.now() })
    case '/large': return Response.json(large)
    case '/unstable': if (++asked % 10 === 0) throw new Error('every tenth'); return Response.json({ status: 'ok', id: asked })
  }
  return new Response('Not found', { status: 404 })`)}`,
  })
})
after(() => running[Symbol.asyncDispose]())

interface Answer {
  readonly status: number
  readonly text: string
}

async function ask(route: string): Promise<Answer> {
  const [method = '', path = ''] = route.split(' ')
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(running.url + path, method === 'POST' ? { method, headers } : {})
  return { status: response.status, text: await response.text() }
}

interface Scenario {
  readonly routes: readonly string[]
  readonly clients: number
  readonly rounds: number
  /** By path: what the whole answer must be. */
  readonly answers: Readonly<Record<string, RegExp>>
  readonly bytes?: number
}

const scenarios: Readonly<Record<string, Scenario>> = {
  serial: {
    routes: ['GET /test'],
    clients: 1,
    rounds: 100,
    answers: { '/test': /^\{"message":"Serial test","timestamp":\d+\}$/ },
  },
  concurrent: {
    routes: ['GET /concurrent'],
    clients: 10,
    rounds: 50,
    answers: { '/concurrent': /^\{"message":"Concurrent test","id":0[\d.e-]*\}$/ },
  },
  stress: {
    routes: ['GET /stress'],
    clients: 50,
    rounds: 20,
    answers: { '/stress': /^\{"status":"ok","load":"high"\}$/ },
    bytes: 29,
  },
  mixed: {
    routes: ['GET /fast', 'GET /medium', 'POST /echo'],
    clients: 20,
    rounds: 15,
    answers: {
      '/fast': /^\{"type":"fast"\}$/,
      '/medium': /^\{"type":"medium","data":"some data here"\}$/,
      '/echo': /^\{"type":"echo","body":""\}$/,
    },
  },
  stable: {
    routes: ['GET /stable'],
    clients: 10,
    rounds: 100,
    answers: { '/stable': /^\{"status":"stable","timestamp":\d+\}$/ },
  },
  large: {
    routes: ['GET /large'],
    clients: 20,
    rounds: 25,
    answers: { '/large': /^\{"status":"ok","size":51200,"data":"x{51200}"\}$/ },
    bytes: 51_238,
  },
}
for (const [name, { routes, clients, rounds, answers, bytes }] of Object.entries(scenarios)) {
  test(`${name}: ${clients} clients, ${rounds * routes.length} requests each, every answer whole and right`, async () => {
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (let round = 0; round < rounds; round += 1) {
          for (const route of routes) {
            const { status, text } = await ask(route)
            assert.equal(status, 200)
            assert.match(text, answers[route.split(' ')[1] ?? ''] ?? /^$/)
            if (bytes !== undefined) assert.equal(Buffer.byteLength(text), bytes)
          }
        }
      }),
    )
  })
}

test('errors: of 600 requests exactly those that threw are a 500, and the next one is answered', async () => {
  const statuses = await Promise.all(
    Array.from({ length: 20 }, async () => {
      const own: number[] = []
      for (let round = 0; round < 30; round += 1) own.push((await ask('GET /unstable')).status)
      return own
    }),
  )
  const all = statuses.flat()
  assert.equal(all.filter((status) => status === 200).length, 540)
  assert.equal(all.filter((status) => status === 500).length, 60)
  assert.equal((await ask('GET /unstable')).status, 200)
  assert.equal(running.app.state.restarts, 0)
})
