import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import WebSocket from 'ws'
import { fetchApp, tempApp, until } from '../../support/temp-app.ts'
import { tempSite } from '../../support/temp-site.ts'

const source = `
export default {
  websocket: { message: (peer, message) => peer.send(message.text()) },
  ${fetchApp(`
    if (url.pathname === '/exit') process.exit(3)
    if (url.pathname === '/loop') for (;;);
    if (url.pathname === '/never') return new Promise(() => {})
    if (url.pathname === '/memory') { globalThis.gc?.(); return Response.json(process.memoryUsage.rss()) }
    if (url.pathname === '/handles') return Response.json((await import('node:fs')).readdirSync('/proc/self/fd').length)
    if (url.pathname === '/endless') return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65_536)) } }))
    return new Response(String(process.pid))`).replace('export default {', '')}`

const skip = process.platform === 'linux' ? false : 'reads /proc'

/** Processes below this one that have not ended. */
function descendants(): readonly string[] {
  const parents = new Map<string, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [, state = '', parent = ''] = /\) (\w) (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
      if (state !== 'Z') parents.set(pid, parent)
    } catch {
      // It has just ended.
    }
  }
  const below = (pid: string): boolean => {
    const parent = parents.get(pid)
    return parent !== undefined && (parent === String(process.pid) || below(parent))
  }
  return [...parents.keys()].filter(below)
}

// Other tests on this machine leave theirs, too.
process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'evenkeel-hygiene-'))
after(() => rmSync(tmpdir(), { recursive: true }))

const openFiles = (): number => readdirSync('/proc/self/fd').length
const socketFolders = (): readonly string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('evenkeel-apps-'))

async function fault(url: string): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/`)
  socket.on('error', () => undefined)
  await once(socket, 'open')
  const reader = connect(Number(new URL(url).port), '127.0.0.1')
  reader.on('error', () => undefined)
  reader.write(`GET ${new URL(url).pathname.replace(/\/$/, '')}/endless HTTP/1.1\r\nhost: localhost\r\n\r\n`)
  await once(reader, 'readable')
  await Promise.allSettled([fetch(`${url}/loop`), fetch(`${url}/never`, { signal: AbortSignal.timeout(700) })])
  await until(async () => (await fetch(`${url}/`).catch(() => undefined))?.ok === true)
  await fetch(`${url}/exit`).catch(() => undefined)
  await until(async () => (await fetch(`${url}/`).catch(() => undefined))?.ok === true)
  reader.destroy()
  socket.terminate()
}

test('an app that had every fault leaves no process, descriptor or file', { skip }, async () => {
  const before = { processes: descendants(), folders: socketFolders() }
  const run = async (): Promise<void> => {
    await using running = await tempApp(
      { 'app.js': source },
      { instances: 2, limits: { maxBlockedMs: 500, drainMs: 500 } },
    )
    await fault(running.url)
    await running.app.reload()
  }
  await run()
  const files = openFiles()
  await run()
  await until(async () => descendants().every((pid) => before.processes.includes(pid)))
  // Connections of the test's own client may still be closing.
  await until(async () => openFiles() <= files)
  assert.deepEqual(socketFolders(), before.folders)
})

test('so does a server with apps', { skip }, async () => {
  const before = { processes: descendants(), folders: socketFolders() }
  const run = async (): Promise<void> => {
    const app = { instances: 2, limits: { maxBlockedMs: 500, drainMs: 500 }, maxQueueMs: 60_000 }
    await using site = await tempSite({ 'apps/app.js': source }, { apps: { app }, drainMs: 500 })
    await fault(`${site.url}/app`)
    assert.equal((await site.admin('/admin/apps/app/reload', { method: 'POST' })).status, 200)
  }
  await run()
  const files = openFiles()
  await run()
  await until(async () => descendants().every((pid) => before.processes.includes(pid)))
  await until(async () => openFiles() <= files)
  assert.deepEqual(socketFolders(), before.folders)
})

test('a thousand requests that are never answered leave their memory and handles behind', { skip }, async () => {
  await using running = await tempApp({ 'app.js': source }, { limits: { handlerTimeoutMs: 300 } })
  const read = async (path: string): Promise<number> => (await (await fetch(running.url + path)).json()) as number
  const round = (): Promise<unknown> =>
    Promise.all(
      Array.from({ length: 250 }, async () => {
        const response = await fetch(`${running.url}/never`)
        assert.equal(response.status, 504)
        await response.arrayBuffer()
      }),
    )
  await round()
  const before = { memory: await read('/memory'), handles: await read('/handles') }
  for (let rounds = 0; rounds < 4; rounds += 1) await round()
  await until(async () => (await read('/handles')) <= before.handles + 5)
  assert.ok((await read('/memory')) - before.memory < 40 * 1_000_000)
})
