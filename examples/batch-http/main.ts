/** A service adds events one by one; a receiver that fails at first gets them in a few requests, each event once. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { BatchProcessor } from '@evenkeel/batch'
import { httpTransport } from '@evenkeel/batch/http'

const received: string[] = []
let requests = 0
const receiver = createServer(async (request, response) => {
  const body = (await Array.fromAsync(request)).join('')
  requests += 1
  if (requests === 1) return void response.writeHead(503).end()
  received.push(...body.trimEnd().split('\n'))
  response.end()
})
await once(receiver.listen(0, '127.0.0.1'), 'listening')
const { port } = receiver.address() as AddressInfo

const batch = new BatchProcessor<{ type: string; user: number }>({
  transport: httpTransport({ url: `http://127.0.0.1:${port}/events` }),
  batch: { maxEvents: 500, maxAgeMs: 200 },
})
for (let user = 0; user < 2000; user += 1) batch.add({ type: 'login', user })

const report = await batch.close()
receiver.close()

assert.equal(report.delivered, 2000)
assert.equal(new Set(received).size, 2000)
console.log(`${report.delivered} events in ${requests} requests, one of them refused`)
