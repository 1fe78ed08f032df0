import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { test } from 'node:test'
import { fetchApp, tempApp, until } from '../../support/temp-app.ts'

const source = fetchApp(`
  if (url.pathname === '/open') return Response.json(process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length)
  return new Response(String(process.pid))`)

const upgrade = 'GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n'

test('upgrades of an app without WebSockets that are reset cost no runtime, and half-open ones no socket', async (t) => {
  await using running = await tempApp({ 'app.js': source }, { instances: 1 })
  const text = async (path: string): Promise<string> =>
    (await fetch(`${running.url}${path}`, { headers: { connection: 'close' } })).text()
  const open = async (): Promise<Socket> => {
    const socket = connect({ port: Number(new URL(running.url).port), host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => undefined)
    t.after(() => socket.destroy())
    await once(socket, 'connect')
    socket.write(upgrade)
    return socket
  }
  const pid = await text('/')
  const before = Number(await text('/open'))
  for (let round = 0; round < 100; round += 1) {
    const socket = await open()
    // Some before the runtime has read the request, some after its answer.
    if (round % 2 === 0) await once(socket, 'readable')
    socket.resetAndDestroy()
  }
  const halves = await Promise.all(Array.from({ length: 10 }, open))
  await Promise.all(halves.map((socket) => once(socket.resume(), 'end')))
  await until(async () => Number(await text('/open')) <= before)
  assert.equal(await text('/'), pid)
})
