import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import WebSocket from 'ws'
import { fetchApp, tempApp, until } from '../support/temp-app.ts'

const source = `
export default {
  websocket: { message: (peer, message) => peer.send(message.text()) },
  ${fetchApp(`
    if (url.pathname === '/throw') throw new Error('as asked')
    if (url.pathname === '/never') return new Promise(() => {})
    if (url.pathname.startsWith('/users/')) return new Response('user')
    if (url.pathname === '/') return new Response('ok')
    return new Response('none', { status: 404 })`).replace('export default {', '')}`

interface Metrics {
  of(name: string): number
}

const read = async (adminUrl: string | undefined): Promise<Metrics> => {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const samples = new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line): [string, number] => [
        line.slice(0, line.lastIndexOf(' ')),
        Number(line.slice(line.lastIndexOf(' '))),
      ]),
  )
  return { of: (name) => samples.get(name) ?? Number.NaN }
}

test('metrics count what was asked, to the unit: by status, by route, in time, and over WebSockets', async () => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2, limits: { handlerTimeoutMs: 200 } })
  const routes: readonly (readonly [path: string, times: number])[] = [
    ['/', 211],
    ['/throw', 17],
    ['/none?query=1', 23],
    ['/never', 3],
  ]
  const asked = routes.flatMap(([path, times]) => Array.from({ length: times }, () => path))
  const users = Array.from({ length: 29 }, (_, index) => `/users/${index}`)
  await Promise.all([...asked, ...users].map(async (path) => (await fetch(running.url + path)).arrayBuffer()))
  const socket = new WebSocket(running.url.replace('http', 'ws'))
  await once(socket, 'open')
  for (let sent = 0; sent < 31; sent += 1) socket.send(String(sent))
  await new Promise<void>((resolve) => socket.on('message', (data: Buffer) => data.toString() === '30' && resolve()))
  const total = asked.length + users.length
  await until(
    async () => (await read(running.app.adminUrl)).of('evenkeel_app_request_duration_seconds_count') === total,
  )
  const metrics = await read(running.app.adminUrl)
  const expected: Readonly<Record<string, number>> = {
    'evenkeel_app_requests_total{status="200"}': 240,
    'evenkeel_app_requests_total{status="500"}': 17,
    'evenkeel_app_requests_total{status="404"}': 23,
    'evenkeel_app_requests_total{status="504"}': 3,
    'evenkeel_app_route_requests_total{route="GET /",status="200"}': 211,
    'evenkeel_app_route_requests_total{route="GET /users/*",status="200"}': 29,
    'evenkeel_app_route_requests_total{route="GET /throw",status="500"}': 17,
    'evenkeel_app_route_requests_total{route="GET /none",status="404"}': 23,
    'evenkeel_app_request_duration_seconds_bucket{le="+Inf"}': total,
    evenkeel_app_failures_total: 17,
    evenkeel_app_timeouts_total: 3,
    evenkeel_app_websockets: 1,
    evenkeel_app_websockets_opened_total: 1,
    'evenkeel_app_websocket_messages_total{direction="in"}': 31,
    'evenkeel_app_websocket_messages_total{direction="out"}': 31,
    evenkeel_app_ready: 1,
  }
  for (const [name, value] of Object.entries(expected)) assert.equal(metrics.of(name), value, name)
  socket.terminate()
  await until(async () => (await read(running.app.adminUrl)).of('evenkeel_app_websockets') === 0)
})

test('more routes than a hundred are one, and names of routes cannot break the format', async () => {
  await using running = await tempApp({ 'app.js': source })
  const word = (number: number): string =>
    String(number).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '')
  for (let number = 0; number < 150; number += 1) await (await fetch(`${running.url}/x${word(number)}`)).arrayBuffer()
  await (await fetch(`${running.url}/%22%5C`)).arrayBuffer()
  const metrics = await read(running.app.adminUrl)
  assert.equal(metrics.of('evenkeel_app_route_requests_total{route="other",status="404"}'), 51)
})

test('asking for metrics once a second costs less than a hundredth of a processor', async () => {
  await using running = await tempApp({ 'app.js': source }, { instances: 2 })
  const scrape = async (): Promise<void> => void (await read(running.app.adminUrl))
  for (let round = 0; round < 50; round += 1) await scrape()
  const before = process.cpuUsage()
  for (let round = 0; round < 100; round += 1) await scrape()
  const { user, system } = process.cpuUsage(before)
  // Of this process, which asks, too; that of a runtime is one message.
  assert.ok((user + system) / 1_000 / 100 < 10, `${(user + system) / 1_000 / 100} ms each`)
})
