/** Props of many megabytes: refused above the limit before they cost anything, rendered below it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copySite, get, serveSite } from './support/site.ts'

test('props above the limit are refused, those below it are rendered', async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site, { maxPageBytes: 32 * 1_048_576 })
  const render = async (bytes: number): Promise<{ status: number; text: string }> => {
    const body = JSON.stringify({ props: { name: 'x'.repeat(bytes) } })
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(`${server.url}/v1/pages/typed`, { method: 'POST', headers, body })
    return { status: response.status, text: await response.text() }
  }
  const refused = await render(20 * 1_048_576)
  assert.equal(refused.status, 413)
  assert.match(refused.text, /"code":"EK_\w+"/)
  const startedAtMs = performance.now()
  const [large, ...small] = await Promise.all([
    render(1_900_000),
    ...Array.from({ length: 20 }, () => get(server, '/fine')),
  ])
  assert.equal(large?.status, 200)
  assert.ok((large?.text.length ?? 0) > 1_900_000)
  assert.ok(small.every(({ status }) => status === 200))
  assert.ok(performance.now() - startedAtMs < 10_000)
})
