import assert from 'node:assert/strict'
import { test } from 'node:test'
import WebSocket from 'ws'
import { tempApp } from '../support/temp-app.ts'

const compat = new URL('../../src/compat.ts', import.meta.url).href

test('two runtimes of an app share its bindings, before and after a reload', async () => {
  await using running = await tempApp(
    {
      'app.ts': `
export default {
  bindings: { KV: { type: 'kv' }, HITS: { type: 'counter' }, DB: { type: 'sqlite', migrations: 'migrations' }, GREETING: 'hello' },
  async fetch(request, { HITS, DB, GREETING }) {
    DB.prepare('INSERT INTO seen VALUES (?)').run(process.pid)
    const { n } = DB.prepare('SELECT count(*) AS n FROM seen').get()
    return Response.json({ hits: await HITS.increment('all'), rows: n, GREETING, pid: process.pid }, { headers: { connection: 'close' } })
  },
}`,
      'migrations/001.sql': 'CREATE TABLE seen (pid INTEGER) STRICT;',
    },
    { instances: 2 },
  )
  const ask = async (): Promise<{ hits: number; rows: number; GREETING: string; pid: number }> =>
    (await (await fetch(running.url)).json()) as { hits: number; rows: number; GREETING: string; pid: number }
  const first = await Promise.all(Array.from({ length: 40 }, ask))
  assert.deepEqual(
    first.map(({ hits }) => hits).toSorted((a, b) => a - b),
    Array.from({ length: 40 }, (_, index) => index + 1),
  )
  assert.equal(first[0]?.GREETING, 'hello')
  assert.equal((await running.app.reload()).status, 'reloaded')
  const later = await ask()
  assert.equal(later.hits, 41)
  assert.ok(!first.some(({ pid }) => pid === later.pid))
  assert.equal(later.rows, 41)
})

test('a wrong binding keeps the app from starting, and says which', async () => {
  const app = `export default { bindings: { KV: { type: 'kx' } }, fetch: () => new Response('x') }`
  await assert.rejects(tempApp({ 'app.ts': app }), /"bindings\.KV\.type" must be one of kv/)
})

test('an app of handlers (req, res) that only calls listen is served, WebSockets included', async () => {
  await using running = await tempApp({
    'app.ts': `
import { createServer } from ${JSON.stringify(compat)}
async function main() {
  const app = createServer()
  const clients = []
  app.use((req, res, next) => { res.header('X-Served-By', 'compat'); next() })
  app.get('/users/:id', (req, res) => res.json({ id: req.params.id, ip: req.ip }))
  app.post('/users', (req, res) => res.status(201).json({ made: req.json }))
  app.get('/late', (req, res) => setTimeout(() => res.send('late'), 20))
  app.get('/throw', () => { throw new Error('secret detail') })
  app.ws('/chat', (ws) => {
    clients.push(ws)
    ws.on('message', (data) => clients.forEach((each) => each.sendJSON({ text: data.text, online: clients.length })))
    ws.on('close', () => clients.splice(clients.indexOf(ws), 1))
  })
  await app.listen('3200', () => console.log('listening'))
}
main()
`,
  })
  const user = await fetch(`${running.url}/users/7`)
  assert.deepEqual([await user.json(), user.headers.get('x-served-by')], [{ id: '7', ip: '127.0.0.1' }, 'compat'])
  const made = await fetch(`${running.url}/users`, {
    method: 'POST',
    body: '{"name":"Ada"}',
    headers: { 'content-type': 'application/json' },
  })
  assert.deepEqual([made.status, await made.json()], [201, { made: { name: 'Ada' } }])
  const malformed = { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }
  assert.equal((await fetch(`${running.url}/users`, malformed)).status, 400)
  assert.equal(await (await fetch(`${running.url}/late`)).text(), 'late')
  const failed = await fetch(`${running.url}/throw`)
  assert.equal(failed.status, 500)
  assert.doesNotMatch(await failed.text(), /secret/)
  assert.equal((await fetch(`${running.url}/users/7`, { method: 'DELETE' })).headers.get('allow'), 'GET, HEAD, OPTIONS')
  const socket = new WebSocket(`${running.url.replace('http', 'ws')}/chat`)
  try {
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const answer = new Promise<string>((resolve) => socket.once('message', (data: Buffer) => resolve(data.toString())))
    socket.send('{"text":"hi"}')
    assert.deepEqual(JSON.parse(await answer), { text: 'hi', online: 1 })
  } finally {
    socket.terminate()
  }
})
