import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slackMs } from '../../support/slack.ts'
import { fetchApp, tempApp } from '../../support/temp-app.ts'

const source = fetchApp(`
  if (url.pathname === '/never') return new Promise(() => {})
  return new Response('ok')`)

const deadlineMs = 1_000

test('a handler that never answers is a 504 at its deadline; beside fifty of them a fast route stays fast', async () => {
  await using running = await tempApp({ 'app.js': source }, { limits: { handlerTimeoutMs: deadlineMs } })
  const alone = await askFor(running.url, 500)
  const stuck = Array.from({ length: 50 }, async () => {
    const startedAtMs = performance.now()
    const { status } = await fetch(`${running.url}/never`)
    return { status, tookMs: performance.now() - startedAtMs }
  })
  const beside = await askFor(running.url, 500)
  for (const { status, tookMs } of await Promise.all(stuck)) {
    assert.equal(status, 504)
    assert.ok(tookMs >= deadlineMs - 1, `after ${tookMs} ms`)
    assert.ok(tookMs <= deadlineMs + 100 + slackMs(), `after ${tookMs} ms`)
  }
  // On a machine that does other things, too, as much as without them.
  assert.ok(beside <= Math.max(50, alone * 2), `p99 ${beside} ms, ${alone} ms alone`)
})

/** The 99th percentile of so many requests in turn, in milliseconds. */
async function askFor(url: string, count: number): Promise<number> {
  const times: number[] = []
  for (let asked = 0; asked < count; asked += 1) {
    const startedAtMs = performance.now()
    assert.equal(await (await fetch(url)).text(), 'ok')
    times.push(performance.now() - startedAtMs)
  }
  return times.toSorted((first, second) => first - second)[Math.floor(count * 0.99)] ?? 0
}
