/** A server to measure, in a process of its own. `argv[2]` is its kind. Tells its port, and on request what it saw. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const kind = process.argv[2] ?? 'fast'
const body = JSON.stringify({ ok: true, items: [1, 2, 3] })
/** Milliseconds from the arrival of each request to the end of its answer, as the server saw them. */
const seenMs: number[] = []
const answeredAtEpochMs: number[] = []
let served = 0

const delays: Readonly<Record<string, () => number>> = {
  fast: () => 0,
  // One in ten is slow: a distribution with a known step.
  known: () => (served % 10 === 0 ? 200 : 50),
  freeze: () => 1,
}

const server = createServer((_request, response) => {
  const startMs = performance.now()
  served++
  if (kind === 'freeze' && served === 1000) freeze(3000)
  const delayMs = delays[kind]?.() ?? 0
  const finish = (): void => answer(response, startMs)
  if (delayMs === 0) finish()
  else setTimeout(finish, delayMs)
})

function answer(response: ServerResponse, startMs: number): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
  seenMs.push(performance.now() - startMs)
  answeredAtEpochMs.push(performance.timeOrigin + performance.now())
}

function freeze(forMs: number): void {
  const untilMs = performance.now() + forMs
  while (performance.now() < untilMs);
}

process.on('message', (message) => {
  if (message === 'report')
    process.send?.({ served, seenMs: seenMs.splice(0), answeredAtEpochMs: answeredAtEpochMs.splice(0) })
})
process.on('disconnect', () => process.exit())
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
