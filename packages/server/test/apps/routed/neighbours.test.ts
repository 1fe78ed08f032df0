import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, p99Of } from '../../support/percentile.ts'
import { fetchApp } from '../../support/temp-app.ts'
import { tempSite } from '../../support/temp-site.ts'

const source = fetchApp(`
  if (url.pathname === '/burn') { const until = performance.now() + 50; while (performance.now() < until); }
  if (url.pathname === '/who') return Response.json([env.SECRET ?? null, globalThis.mark ?? null, process.env.SECRET ?? null])
  globalThis.mark ??= env.SECRET ?? 'of two'
  return new Response('ok')`)

test('an app that has more to do than it can leaves another one as fast as it is alone', async () => {
  const app = { limits: { maxConcurrent: 4 }, maxQueued: 20, variables: { SECRET: 'of one' } }
  await using site = await tempSite({ 'apps/one.js': source, 'apps/two.js': source }, { apps: { one: app } })
  const two = (): Promise<unknown> => fetch(`${site.url}/two/`).then((response) => response.text())
  const measure = (): Promise<number> => p99Of(two, { count: 200, clients: 2 })
  await measure()
  let stopped = false
  let loaded = false
  const statuses = new Set<number>()
  const one = Promise.all(
    Array.from({ length: 40 }, async () => {
      while (!stopped) {
        if (!loaded) await new Promise((resolve) => setTimeout(resolve, 5))
        else {
          const response = await fetch(`${site.url}/one/burn`)
          statuses.add(response.status)
          await response.arrayBuffer()
          // Whoever is refused asks again, but not at once.
          if (response.status === 503) await new Promise((resolve) => setTimeout(resolve, 50))
        }
      }
    }),
  )
  const alone: number[] = []
  const beside: number[] = []
  for (let round = 0; round < 4; round += 1) {
    loaded = false
    alone.push(await measure())
    loaded = true
    beside.push(await measure())
  }
  stopped = true
  await one
  assert.ok(statuses.has(503), 'it had too much to do')
  assert.ok(
    median(beside) <= Math.max(2 * median(alone), 30),
    `p99 ${beside.join(' ')} ms, alone ${alone.join(' ')} ms`,
  )
  assert.deepEqual(await (await fetch(`${site.url}/one/who`)).json(), ['of one', 'of one', 'of one'])
  assert.deepEqual(await (await fetch(`${site.url}/two/who`)).json(), [null, 'of two', null])
})
