/** Puts the proxy before a server, sends a megabyte through it both ways, and takes the server away. */
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { runApp } from '@evenkeel/server/apps'

const upstream = createServer((request, response) => {
  response.setHeader('x-seen', `${request.method} ${request.url} ${String(request.headers['x-forwarded-for'])}`)
  request.pipe(response)
})
await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
const { port } = upstream.address() as AddressInfo
const variables = { UPSTREAM: `http://127.0.0.1:${port}/` }
const app = await runApp({ file: join(import.meta.dirname, 'app.ts'), port: 0, admin: false, variables })
try {
  const body = new Uint8Array(1_048_576).fill(7)
  const headers = { 'x-forwarded-for': '6.6.6.6' }
  const answer = await fetch(`${app.url}/a/b?c=1`, { method: 'PUT', body, headers })
  assert.equal(answer.headers.get('x-seen'), 'PUT /a/b?c=1 127.0.0.1')
  assert.deepEqual(await answer.bytes(), body)
  assert.equal((await fetch(`${app.url}//evil.example/x`)).headers.get('x-seen')?.startsWith('GET /'), true)
  upstream.close()
  upstream.closeAllConnections()
  assert.equal((await fetch(app.url)).status, 502)
  console.log('a megabyte there and back, then 502')
} finally {
  upstream.close()
  await app.close()
}
