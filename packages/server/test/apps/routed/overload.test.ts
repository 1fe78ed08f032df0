import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slackMs } from '../../support/slack.ts'
import { fetchApp, until } from '../../support/temp-app.ts'
import { tempSite } from '../../support/temp-site.ts'

const serviceMs = 20
const source = fetchApp(`
  const until = performance.now() + ${serviceMs}
  while (performance.now() < until);
  return new Response('ok')`)

interface Answer {
  readonly status: number
  readonly retryAfter: string | null
  readonly tookMs: number
}

test('at twice what the app can do, what is taken is answered in time, the rest is refused at once, and all is well after it', async () => {
  const bounds = { maxQueued: 10, maxQueueMs: 1_000, limits: { maxConcurrent: 1 } }
  await using site = await tempSite({ 'apps/app.js': source }, { apps: { app: bounds } })
  const ask = async (): Promise<Answer> => {
    const startedAtMs = performance.now()
    const response = await fetch(`${site.url}/app/`)
    await response.arrayBuffer()
    const retryAfter = response.headers.get('retry-after')
    return { status: response.status, retryAfter, tookMs: performance.now() - startedAtMs }
  }
  const waiting = async (): Promise<number> => {
    const metrics = await (await site.admin('/metrics')).text()
    return Number(/evenkeel_app_waiting\{app="app"\} (\d+)/.exec(metrics)?.[1])
  }
  await ask()
  const asked: Promise<Answer>[] = []
  const depths: number[] = []
  const startedAtMs = performance.now()
  const perMs = 2 / serviceMs
  // By a timetable that no answer holds up, for ten seconds.
  while (performance.now() - startedAtMs < 10_000) {
    while (asked.length < (performance.now() - startedAtMs) * perMs) asked.push(ask())
    if (asked.length % 20 === 0) depths.push(await waiting())
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  const answers = await Promise.all(asked)
  const endedAtMs = performance.now()
  await until(async () => (await ask()).tookMs < serviceMs + 2 * slackMs())
  assert.ok(performance.now() - endedAtMs < 2_000, 'as before within two seconds')
  const taken = answers.filter(({ status }) => status === 200).map(({ tookMs }) => tookMs)
  const refused = answers.filter(({ status }) => status === 503)
  assert.equal(taken.length + refused.length, answers.length)
  assert.ok(refused.length > answers.length / 4, `${refused.length} of ${answers.length} were refused`)
  assert.ok(taken.length > 100, `${taken.length} were answered`)
  assert.deepEqual(new Set(refused.map(({ retryAfter }) => retryAfter)), new Set(['1']))
  const p99 = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0
  assert.ok(p99(taken) <= bounds.maxQueueMs + serviceMs + slackMs(), `p99 of what was taken: ${p99(taken)} ms`)
  // Most of them: the client, which shares the machine, may be late with the last ones.
  const median = refused.map(({ tookMs }) => tookMs).toSorted((a, b) => a - b)[Math.floor(refused.length / 2)] ?? 0
  assert.ok(median <= 50 + slackMs() / 3, `refused after ${median} ms`)
  assert.ok(Math.max(...depths) <= bounds.maxQueued, `${Math.max(...depths)} waited`)
})
