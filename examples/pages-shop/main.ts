/** Visits the shop as a browser without JavaScript would: list, search, a product with its chart, and an order. */
import assert from 'node:assert/strict'
import { serve } from '@evenkeel/server'

await using server = await serve({
  port: 0,
  adminPort: 0,
  projectDir: import.meta.dirname,
  blocks: { hosts: 1, spares: 0 },
  pages: { hosts: 1, spares: 0 },
})
const visit = async (path: string, body?: Record<string, string>): Promise<{ response: Response; html: string }> => {
  const form = body === undefined ? {} : { method: 'POST', body: new URLSearchParams(body) }
  const response = await fetch(server.url + path, { redirect: 'manual', ...form })
  return { response, html: await response.text() }
}
assert.equal((await visit('/')).html.match(/class="card"/g)?.length, 9)
assert.match((await visit('/search?q=brass')).html, /Kittiwake compass/)
assert.match((await visit('/search?q=submarine')).html, /Nothing for “submarine”/)
const { html } = await visit('/products/petrel-barometer')
assert.match(html, /<path class="visx-linepath" d="M/)
assert.match(html, /<title>Petrel barometer · Fathom<\/title>/)
assert.equal((await visit('/products/submarine')).response.status, 404)
const wrong = await visit('/products/petrel-barometer', { count: '900', email: 'me' })
assert.match(wrong.html, /From 1 to 5\..*an address that we can write to/s)
const order = await visit('/products/petrel-barometer', { count: '2', email: 'ada@example.org' })
assert.equal(order.response.status, 303)
assert.match((await visit(order.response.headers.get('location') ?? '')).html, /2 × Petrel barometer/)
assert.match((await visit('/')).response.headers.get('cache-status') ?? '', /hit/)
console.log('an order was placed')
