/** Messages a second that come back from a WebSocket app, each counted and checked, on several connections with a window under way on each. */
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'
import { WebSocket } from 'ws'
import { setting, spread } from '../pool/support/spread.ts'

const rounds = setting('ROUNDS', 5)
const seconds = setting('SECONDS', 5)
const connections = setting('CONNECTIONS', 20)
const window = 100

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-sockets-'))
const file = join(folder, 'app.js')
writeFileSync(file, 'export default { websocket: { message: (peer, message) => peer.send(message.data) } }')
const app = await runApp({ file, port: 0, admin: false, instances: 1 })
try {
  const results: number[] = []
  for (let round = 0; round < rounds; round += 1) results.push(await measure())
  console.log(`${connections} connections, ${window} messages under way on each: ${spread(results, 0)} messages /s`)
} finally {
  await app.close(0)
  rmSync(folder, { recursive: true, force: true })
}

async function measure(): Promise<number> {
  const startedAtMs = performance.now()
  const counts = await Promise.all(Array.from({ length: connections }, () => echo(startedAtMs + seconds * 1_000)))
  return counts.reduce((sum, count) => sum + count, 0) / ((performance.now() - startedAtMs) / 1_000)
}

/** Resolves with the answers, which must be all and in order. */
async function echo(untilMs: number): Promise<number> {
  const socket = new WebSocket(app.url.replace('http', 'ws'), { perMessageDeflate: false })
  await once(socket, 'open')
  let sent = 0
  let received = 0
  const over = Promise.withResolvers<void>()
  const send = (): void => socket.send(`message ${sent++}`)
  socket.on('message', (data: Buffer) => {
    if (data.toString() !== `message ${received}`) over.reject(new Error(`expected ${received}, got ${String(data)}`))
    received += 1
    if (performance.now() < untilMs) send()
    else if (received === sent) over.resolve()
  })
  for (let number = 0; number < window; number += 1) send()
  await over.promise
  socket.terminate()
  return received
}
