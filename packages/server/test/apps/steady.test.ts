import assert from 'node:assert/strict'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from 'node:net'
import { test } from 'node:test'
import { Agent, fetch as undiciFetch } from 'undici'
import { fetchApp, tempApp, tempFolder, until } from '../support/temp-app.ts'

/** Other runtimes have died of this within six seconds. */
const steadyMs = 30_000

test('timers, intervals and a listener of its own beside the app, under load for half a minute: no answer is lost', async () => {
  await using running = await tempApp({
    'app.js': `
import { createServer } from 'node:http'
let ticks = 0
setInterval(() => (ticks += 1), 1)
const own = createServer((request, response) => setTimeout(() => response.end('own'), 1))
await new Promise((resolve) => own.listen(0, '127.0.0.1', resolve))
${fetchApp(`
  if (url.pathname === '/own') return fetch('http://127.0.0.1:' + own.address().port)
  if (url.pathname === '/ticks') return Response.json(ticks)
  await new Promise((resolve) => setTimeout(resolve, 1))
  return new Response('app')`)}`,
  })
  const agent = new Agent({ connections: 20 })
  try {
    const untilMs = performance.now() + steadyMs
    while (performance.now() < untilMs) {
      const answers = await Promise.all(
        Array.from({ length: 20 }, async (_, index) => {
          const path = index % 2 === 0 ? '/' : '/own'
          return (await undiciFetch(running.url + path, { dispatcher: agent })).text()
        }),
      )
      assert.deepEqual(new Set(answers), new Set(['app', 'own']))
    }
  } finally {
    await agent.destroy()
  }
  assert.ok(Number(await (await fetch(`${running.url}/ticks`)).text()) > 0)
  assert.equal(running.app.state.restarts, 0)
})

test('ten reloads under fifty clients that keep their connections: no request fails', async () => {
  const version = (number: number): string => fetchApp(`return new Response('version ${number}')`)
  await using running = await tempApp({ 'app.js': version(0) }, { instances: 2 })
  const agent = new Agent({ connections: 50 })
  const seen = new Set<string>()
  let stopped = false
  const clients = Promise.allSettled(
    Array.from({ length: 50 }, async () => {
      while (!stopped) {
        const response = await undiciFetch(running.url, { dispatcher: agent })
        const text = await response.text()
        assert.equal(response.status, 200, text)
        seen.add(text)
      }
    }),
  )
  try {
    for (let number = 1; number <= 10; number += 1) {
      running.write('app.js', version(number))
      assert.equal((await running.app.reload()).status, 'reloaded')
      await until(async () => seen.has(`version ${number}`))
    }
  } finally {
    stopped = true
  }
  const failures = (await clients).filter(({ status }) => status === 'rejected')
  await agent.destroy()
  assert.deepEqual(failures, [])
})

test('while an app stops, readiness is red first, idle connections close, and what is under way is answered', async () => {
  await using running = await tempApp({
    'app.js': fetchApp(
      "if (url.pathname === '/slow') await new Promise((resolve) => setTimeout(resolve, 1500))\nreturn new Response('ok')",
    ),
  })
  const idle = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const socket = connect(Number(new URL(running.url).port), '127.0.0.1')
      socket.on('error', () => undefined).write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
      await once(socket, 'data')
      return { socket, ended: once(socket, 'end') }
    }),
  )
  const slow = Array.from({ length: 20 }, async () => (await fetch(`${running.url}/slow`)).text())
  await until(async () => /in_flight 20/.test(await (await fetch(`${running.app.adminUrl}/metrics`)).text()))
  const closing = running.app.close()
  assert.equal((await fetch(`${running.app.adminUrl}/ready`)).status, 503)
  assert.equal((await fetch(`${running.app.adminUrl}/live`)).status, 200)
  assert.deepEqual(new Set(await Promise.all(slow)), new Set(['ok']))
  await Promise.all(idle.map(({ ended }) => ended))
  for (const { socket } of idle) socket.destroy()
  assert.equal(await closing, 0)
})

test('a certificate that is none or is not there keeps the app from starting, at once', async () => {
  using folder = tempFolder({ 'cert.pem': 'not a certificate', 'key.pem': 'not a key' })
  writeFileSync(join(folder.folder, 'app.js'), fetchApp("return new Response('ok')"))
  const app = { 'app.js': fetchApp("return new Response('ok')") }
  const tls = (name: string): { certFile: string; keyFile: string } => ({
    certFile: join(folder.folder, name),
    keyFile: join(folder.folder, 'key.pem'),
  })
  await assert.rejects(tempApp(app, { tls: tls('missing.pem') }), {
    code: 'EK_CONFIG_INVALID',
    message: /missing\.pem/,
  })
  await assert.rejects(tempApp(app, { tls: tls('cert.pem') }), { code: 'EK_APP_LOAD', message: /PEM/ })
})
