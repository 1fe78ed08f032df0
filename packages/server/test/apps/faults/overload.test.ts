import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchApp, tempApp, until } from '../../support/temp-app.ts'

const source = `
${fetchApp(`
  if (url.pathname === '/held') await new Promise(() => {})
  if (url.pathname === '/burn') { const until = performance.now() + 700; while (performance.now() < until); }
  return new Response('ok')`)}`

test('requests above maxConcurrent are refused at once, and counted; those inside are answered', async () => {
  await using running = await tempApp({ 'app.js': source }, { limits: { maxConcurrent: 5 } })
  const held = Array.from(
    { length: 5 },
    async () => (await fetch(`${running.url}/held`).catch(() => undefined))?.status,
  )
  const refused = async (): Promise<Response> => fetch(`${running.url}/other`)
  await until(async () => (await refused()).status === 503)
  const response = await refused()
  assert.equal(response.headers.get('retry-after'), '1')
  const { error } = (await response.json()) as { error: { code: string; retryable: boolean } }
  assert.deepEqual([error.code, error.retryable], ['EK_APP_OVERLOAD', true])
  const posted = await fetch(`${running.url}/other`, { method: 'POST', body: 'x'.repeat(100_000) })
  assert.equal(posted.status, 503)
  const metrics = await (await fetch(`${running.app.adminUrl}/metrics`)).text()
  assert.ok(Number(/evenkeel_app_shed_total (\d+)/.exec(metrics)?.[1]) >= 3)
  assert.match(metrics, /evenkeel_app_requests_in_flight 5/)
  await running.app.close(0)
  assert.deepEqual(new Set(await Promise.all(held)), new Set([undefined]))
})

test('what arrives while the event loop is late is refused, and what comes after is not', async () => {
  await using running = await tempApp({ 'app.js': source }, { limits: { maxLoopDelayMs: 100 } })
  const answers = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => (await fetch(`${running.url}/${index === 0 ? 'burn' : ''}`)).status),
  )
  assert.ok(answers.includes(200))
  await until(async () => (await fetch(running.url)).status === 200)
  const late = Promise.all([fetch(`${running.url}/burn`), fetch(`${running.url}/burn`)])
  const statuses = (await late).map(({ status }) => status)
  assert.ok(statuses.every((status) => status === 200 || status === 503))
})
