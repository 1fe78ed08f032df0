/**
 * A destination in a process of its own: answers every request after a time, and counts the distinct events it was sent, in whatever
 * format. Started with `fork`; its messages are the port, then the counts on request.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'

const latencyMs = Number(process.argv[2] ?? 0)
const seen = new Uint8Array(12_000_000)
const counts = { distinct: 0, duplicates: 0, requests: 0, inFlight: 0, maxInFlight: 0 }

const server = createServer((request, response) => {
  if (request.method !== 'POST') return answer(request, response)
  const chunks: Buffer[] = []
  counts.inFlight += 1
  counts.maxInFlight = Math.max(counts.maxInFlight, counts.inFlight)
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    counts.requests += 1
    setTimeout(() => {
      const operations = take(request, Buffer.concat(chunks))
      counts.inFlight -= 1
      answer(request, response, operations)
    }, latencyMs)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }))
process.on('message', () => process.send?.(counts))
process.on('disconnect', () => process.exit(0))

/** Marks the events of a body; one that is answered counts, whenever it came. Returns how many there were. */
function take(request: IncomingMessage, raw: Buffer): number {
  const body = (request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw).toString('latin1')
  let events = 0
  for (let at = body.indexOf('n='); at !== -1; at = body.indexOf('n=', at + 2)) {
    const n = Number.parseInt(body.slice(at + 2, at + 12), 10)
    if (Number.isNaN(n) || body[at + 2 + String(n).length] !== ';') continue
    events += 1
    if (seen[n] === 1) counts.duplicates += 1
    else counts.distinct += 1
    seen[n] = 1
  }
  return events
}

/** What each client wants to hear. */
function answer(request: IncomingMessage, response: ServerResponse, events = 0): void {
  response.setHeader('x-elastic-product', 'Elasticsearch')
  response.setHeader('content-type', 'application/json')
  if (request.url?.includes('_bulk') === true) {
    const items = Array.from({ length: events }, () => '{"create":{"status":201}}').join(',')
    response.end(`{"took":1,"errors":false,"items":[${items}]}`)
  } else if (request.url?.includes('/api/v2/write') === true) response.writeHead(204).end()
  else response.end('{}')
}
