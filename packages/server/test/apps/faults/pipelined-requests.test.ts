import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { fetchApp, tempApp, until, type TempApp } from '../../support/temp-app.ts'

const source = fetchApp(`
  if (url.pathname === '/large') return new Response('x'.repeat(1_000_000))
  if (url.pathname === '/wait') await new Promise((resolve) => setTimeout(resolve, 30))
  if (url.pathname === '/never') await new Promise(() => {})
  return new Response(request.method === 'POST' ? await request.text() : url.pathname)`)

function send({ url }: TempApp, text: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  socket.on('error', () => undefined)
  socket.write(text)
  return socket
}

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n`

test('who sends many requests at once and reads no answer has one place, and everybody else is answered', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { limits: { maxConcurrent: 30 } })
  const sockets = Array.from({ length: 20 }, () => send(running, get('/large').repeat(200)))
  t.after(() => sockets.forEach((socket) => socket.destroy()))
  await Promise.all(sockets.map((socket) => once(socket, 'readable')))
  for (let asked = 0; asked < 100; asked += 1) assert.equal((await fetch(running.url)).status, 200)
  const metrics = await (await fetch(`${running.app.adminUrl}/metrics`)).text()
  assert.match(metrics, /evenkeel_app_shed_total 0\n/)
})

test('requests of one connection are answered in their order, with their bodies', async () => {
  await using running = await tempApp({ 'app.js': source })
  const post = 'POST /post HTTP/1.1\r\nhost: localhost\r\ncontent-length: 4\r\n\r\nbody'
  const socket = send(running, [get('/wait'), get('/a'), post, get('/b', 'connection: close\r\n')].join(''))
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  assert.equal(text.match(/HTTP\/1\.1 200/g)?.length, 4)
  assert.match(text, /\/wait.*\/a.*body.*\/b/s)
})

test('a connection on which too many requests wait for the answer of another is ended', async () => {
  await using running = await tempApp({ 'app.js': source })
  const socket = send(running, get('/never') + get('/').repeat(300))
  await once(socket, 'close')
  await until(async () => /in_flight 0\n/.test(await (await fetch(`${running.app.adminUrl}/metrics`)).text()))
  assert.equal((await fetch(running.url)).status, 200)
})
