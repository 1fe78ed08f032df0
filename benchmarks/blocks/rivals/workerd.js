/**
 * workerd with its Worker Loader: each block is a Worker of its own in a new isolate. `WORKERD` is the path of the binary. workerd
 * without its hosting has neither a time nor a memory limit.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const loader = `
let next = 0
export default {
  async fetch(request, { loader }) {
    const { code, input } = await request.json()
    const main = 'export default { async fetch(request) { const input = await request.json(); return Response.json({ result: await (async () => {' + code + '\\n})() }) } }'
    const worker = loader.get(String(next++), () => ({ compatibilityDate: '2026-01-01', mainModule: 'block.js', modules: { 'block.js': main }, globalOutbound: null }))
    try {
      return await worker.getEntrypoint().fetch('http://block/', { method: 'POST', body: JSON.stringify(input ?? null) })
    } catch (error) {
      return Response.json({ error: { message: String(error.message) } }, { status: 422 })
    }
  },
}`

const config = (port) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = (
    modules = [(name = "main.js", esModule = embed "main.js")],
    compatibilityDate = "2026-01-01",
    bindings = [(name = "loader", workerLoader = (id = "blocks"))],
  ))],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")],
);`

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-workerd-'))
const port = await freePort()
writeFileSync(join(folder, 'main.js'), loader)
writeFileSync(join(folder, 'config.capnp'), config(port))
const child = spawn(process.env.WORKERD, ['serve', '--experimental', join(folder, 'config.capnp')], {
  stdio: ['ignore', 'inherit', 'inherit'],
})
const end = () => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
  process.exit(0)
}
process.on('SIGTERM', end)
child.on('exit', end)
await untilItAnswers()
console.log(`http://127.0.0.1:${port}/`)

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}

async function untilItAnswers() {
  for (let tries = 0; tries < 200; tries += 1) {
    try {
      await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{"code":"return 1"}' })
      return
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  throw new Error('workerd does not answer')
}
