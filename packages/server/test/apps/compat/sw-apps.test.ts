import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import WebSocket from 'ws'
import { tempApp, until, type TempApp } from '../../support/temp-app.ts'

/** Apps in the manner of sw_runtime's own examples of HTTP and WebSocket servers, with the import changed and nothing else. */
const compat = new URL('../../../src/compat.ts', import.meta.url).href
const imported = `import * as server from ${JSON.stringify(compat)}`
const required = `const server = require(${JSON.stringify(new URL(compat).pathname)})`

const get = (running: TempApp, path: string, init?: RequestInit): Promise<Response> =>
  fetch(running.url + path, { redirect: 'manual', ...init })
const json = (body: unknown, method = 'POST'): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
})

test('a server in TypeScript: log, page, JSON, parameters, redirect, a route for the rest', async () => {
  await using running = await tempApp({
    'server.ts': `${imported}
async function main() {
  const app = server.createServer()
  app.use((req, res, next) => { console.log(req.method + ' ' + req.path); res.header('X-Powered-By', 'sw'); next() })
  app.get('/', (req, res) => { res.html('<h1>home</h1>') })
  app.get('/api/time', (req, res) => { res.json({ zone: Intl.DateTimeFormat().resolvedOptions().timeZone, at: Date.now() }) })
  app.post('/api/echo', (req, res) => { res.json({ echo: req.json || req.body, method: req.method, type: req.headers['content-type'] }) })
  app.get('/api/users/:id', (req, res) => { res.json({ id: req.params.id || 'unknown' }) })
  app.get('/api/status', (req, res) => { res.json({ uptime: process.uptime ? process.uptime() : 'unknown' }) })
  app.get('/api/error', (req, res) => { res.status(500).json({ error: 'Internal' }) })
  app.get('/redirect', (req, res) => { res.redirect('/') })
  app.get('*', (req, res) => { res.status(404).json({ error: 'Not Found', message: req.path }) })
  await app.listen('3000', () => { console.log('called back') })
  console.log('listening')
}
main().catch((error) => console.error('failed', error))`,
  })
  const home = await get(running, '/')
  assert.deepEqual([home.status, home.headers.get('x-powered-by'), await home.text()], [200, 'sw', '<h1>home</h1>'])
  assert.match(home.headers.get('content-type') ?? '', /^text\/html/)
  assert.equal(typeof ((await (await get(running, '/api/time')).json()) as { at: number }).at, 'number')
  const echo = await get(running, '/api/echo', json({ message: 'hi' }))
  assert.deepEqual(await echo.json(), { echo: { message: 'hi' }, method: 'POST', type: 'application/json' })
  const text = await get(running, '/api/echo', { method: 'POST', body: 'plain' })
  assert.equal(((await text.json()) as { echo: string }).echo, 'plain')
  assert.deepEqual(await (await get(running, '/api/users/123')).json(), { id: '123' })
  assert.equal((await get(running, '/api/error')).status, 500)
  const moved = await get(running, '/redirect')
  assert.deepEqual([moved.status, moved.headers.get('location')], [302, '/'])
  const none = await get(running, '/no/such')
  assert.deepEqual([none.status, await none.json()], [404, { error: 'Not Found', message: '/no/such' }])
  await running.logged(/called back/)
  await running.logged(/GET \/api\/time/)
})

test('resources in the manner of Express, with a middleware that sets what handlers read', async () => {
  await using running = await tempApp({
    'server.js': `${required}
const app = server.createServer({ readTimeout: 10, writeTimeout: 10 })
app.use((req, res, next) => {
  res.header('Access-Control-Allow-Origin', '*')
  if (req.method === 'OPTIONS') { res.status(200).send('OK'); return }
  next()
})
app.use((req, res, next) => {
  if (req.headers['content-type'] && req.headers['content-type'].includes('application/json') && req.body) req.json = JSON.parse(req.body)
  next()
})
const users = [{ id: 1, name: 'a' }, { id: 2, name: 'b' }]
app.get('/users', (req, res) => { res.json({ success: true, data: users, total: users.length }) })
app.get('/users/:id', (req, res) => {
  const user = users.find((each) => each.id === parseInt(req.params.id))
  if (user) res.json({ success: true, data: user })
  else res.status(404).json({ success: false })
})
app.post('/users', (req, res) => {
  const user = { id: users.length + 1, name: req.json?.name || 'Unknown' }
  users.push(user)
  res.status(201).json({ success: true, data: user })
})
app.put('/users/:id', (req, res) => {
  const index = users.findIndex((each) => each.id === parseInt(req.params.id))
  users[index] = { ...users[index], ...req.json }
  res.json({ data: users[index] })
})
app.delete('/users/:id', (req, res) => { res.json({ data: users.splice(users.findIndex((each) => each.id === parseInt(req.params.id)), 1)[0] }) })
app.listen('3001')`,
  })
  assert.equal(((await (await get(running, '/users')).json()) as { total: number }).total, 2)
  const made = await get(running, '/users', json({ name: 'c' }))
  assert.deepEqual([made.status, await made.json()], [201, { success: true, data: { id: 3, name: 'c' } }])
  assert.deepEqual(await (await get(running, '/users/3', json({ name: 'd' }, 'PUT'))).json(), {
    data: { id: 3, name: 'd' },
  })
  assert.deepEqual(await (await get(running, '/users/1', { method: 'DELETE' })).json(), { data: { id: 1, name: 'a' } })
  assert.equal((await get(running, '/users/1')).status, 404)
  const asked = await get(running, '/users', { method: 'OPTIONS' })
  assert.deepEqual([asked.status, asked.headers.get('access-control-allow-origin')], [200, '*'])
})

test('files by their path, under another name, and of a folder; what is not there is a 404', async () => {
  const types: Readonly<Record<string, RegExp>> = {
    'page.html': /^text\/html/,
    'style.css': /^text\/css/,
    'code.js': /javascript/,
  }
  await using running = await tempApp({
    'server.js': `${required}
const path = require('path')
const app = server.createServer({ fileRoot: __dirname })
app.get('/send/:name', (req, res) => { res.sendFile(path.join(__dirname, 'files', req.params.name)) })
app.get('/download', (req, res) => { res.download(path.join(__dirname, 'files', 'page.html')) })
app.get('/named', (req, res) => { res.download(path.join(__dirname, 'files', 'page.html'), 'other.html') })
app.get('/none', (req, res) => { res.sendFile('/no/such/file.txt') })
app.static(path.join(__dirname, 'files'), '/static')
app.listen((3100).toString(), () => { console.log('up') })`,
    'files/page.html': '<p>page</p>',
    'files/style.css': 'p{}',
    'files/code.js': 'go()',
  })
  for (const [name, type] of Object.entries(types)) {
    for (const path of [`/send/${name}`, `/static/${name}`]) {
      const response = await get(running, path)
      assert.equal(response.status, 200, path)
      assert.match(response.headers.get('content-type') ?? '', type)
      assert.ok((await response.text()).length > 2)
    }
  }
  assert.match((await get(running, '/download')).headers.get('content-disposition') ?? '', /attachment.*page\.html/)
  assert.match((await get(running, '/named')).headers.get('content-disposition') ?? '', /other\.html/)
  assert.equal((await get(running, '/none')).status, 404)
})

test('what a request knows of itself, and several parameters in a path', async () => {
  await using running = await tempApp({
    'server.js': `${required}
const app = server.createServer()
app.get('/posts/:year/:month/:day', (req, res) => { res.json({ date: [req.params.year, req.params.month, req.params.day].join('-'), params: req.params }) })
app.post('/debug', (req, res) => {
  res.json({ protocol: req.protocol, secure: req.secure, hostname: req.hostname, xhr: req.xhr, userAgent: req.get('user-agent'),
    cookies: req.cookies, isJson: req.is('json'), query: req.query, body: req.json || req.form })
})
app.listen(3007, () => { console.log('up') })`,
  })
  const post = await get(running, '/posts/2024/12/25')
  const params = { year: '2024', month: '12', day: '25' }
  assert.deepEqual(await post.json(), { date: '2024-12-25', params })
  const init = json({ a: 1 })
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'test',
    cookie: 'x=1',
    'x-requested-with': 'XMLHttpRequest',
  }
  const debug = (await (await get(running, '/debug?q=2', { ...init, headers })).json()) as Record<string, unknown>
  assert.deepEqual(debug, {
    protocol: 'http',
    secure: false,
    hostname: '127.0.0.1',
    xhr: true,
    userAgent: 'test',
    cookies: { x: '1' },
    isJson: true,
    query: { q: '2' },
    body: { a: 1 },
  })
})

test('a chat: everybody sees who comes, what is said and who leaves', async () => {
  await using running = await tempApp({
    'server.js': `${required}
const app = server.createServer()
const clients = []
app.get('/', (req, res) => { res.html('<p>chat</p>') })
app.ws('/chat', (ws) => {
  clients.push(ws)
  broadcast({ type: 'system', text: 'online ' + clients.length }, ws)
  ws.on('message', (data) => { broadcast({ type: 'message', user: clients.indexOf(ws), text: data.text || data }) })
  ws.on('error', (error) => { console.log(error.message) })
  ws.on('close', () => { clients.splice(clients.indexOf(ws), 1); broadcast({ type: 'system', text: 'online ' + clients.length }) })
})
app.ws('/echo', (ws) => { ws.send('welcome'); ws.on('message', (data) => { ws.send('got: ' + data) }) })
function broadcast(message, exclude) { clients.forEach((client) => { if (client !== exclude) client.sendJSON(message) }) }
app.get('/api/stats', (req, res) => { res.json({ online: clients.length }) })
app.listen('3200', () => { console.log('up') })`,
  })
  const address = running.url.replace('http', 'ws')
  const join = async (path: string): Promise<{ socket: WebSocket; heard: string[] }> => {
    const socket = new WebSocket(address + path)
    const heard: string[] = []
    socket.on('message', (data: Buffer) => heard.push(data.toString()))
    await once(socket, 'open')
    return { socket, heard }
  }
  const ada = await join('/chat')
  const bob = await join('/chat')
  const echo = await join('/echo')
  try {
    await until(async () => ada.heard.includes('{"type":"system","text":"online 2"}'))
    bob.socket.send(JSON.stringify({ type: 'message', text: 'hi' }))
    await until(async () => [ada, bob].every(({ heard }) => heard.includes('{"type":"message","user":1,"text":"hi"}')))
    bob.socket.send('plain words')
    await until(async () => ada.heard.includes('{"type":"message","user":1,"text":"plain words"}'))
    echo.socket.send('hello')
    await until(async () => echo.heard.length === 2)
    assert.deepEqual(echo.heard, ['welcome', 'got: hello'])
    assert.deepEqual(await (await get(running, '/api/stats')).json(), { online: 2 })
    bob.socket.close()
    await until(async () => ada.heard.includes('{"type":"system","text":"online 1"}'))
  } finally {
    for (const { socket } of [ada, bob, echo]) socket.terminate()
  }
})
