/** More visitors than can be served, visitors who leave, and pages that never settle, many times over. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { slackMs } from '../support/slack.ts'
import { copySite, get, rootOf, serveSite, type SiteCopy } from './support/site.ts'

let site: SiteCopy

before(() => {
  site = copySite('faulty')
})

after(() => site[Symbol.dispose]())

const maxQueued = 5

/** One host: one that stands by would take short work beside a page that computes for long. */
function serveOne(): Promise<RunningServer> {
  return serveSite(site, { hosts: 1, spares: 0, maxQueued, maxQueueMs: 20_000 })
}

interface Load {
  readonly running: number
  readonly queued: number
  readonly inFlight: number
}

async function load({ adminUrl }: RunningServer): Promise<Load> {
  const { pools } = (await (await fetch(`${adminUrl}/admin/pages`)).json()) as { pools: [Load] }
  return pools[0]
}

async function until(server: RunningServer, holds: (now: Load) => boolean): Promise<void> {
  const lastMs = performance.now() + 20_000
  for (let now = await load(server); !holds(now); now = await load(server))
    if (performance.now() > lastMs) assert.fail(`it did not come to be: ${JSON.stringify(now)}`)
}

const count = (text: string): number => Number(/<p>(\d+)<\/p>/.exec(rootOf(text))?.[1])

test('who leaves while waiting is never rendered; who leaves meanwhile costs nobody anything', async () => {
  await using server = await serveOne()
  const before = count((await get(server, '/busy')).text)
  const first = get(server, '/busy?ms=400')
  await until(server, ({ running }) => running === 1)
  const leaving = new AbortController()
  const second = fetch(`${server.url}/busy`, { signal: leaving.signal })
  await until(server, ({ queued }) => queued === 1)
  leaving.abort()
  await assert.rejects(second, { name: 'AbortError' })
  await until(server, ({ queued }) => queued === 0)
  assert.equal(count((await first).text), before + 1)
  assert.equal(count((await get(server, '/busy')).text), before + 2)

  const midway = new AbortController()
  const third = fetch(`${server.url}/busy?ms=300`, { signal: midway.signal })
  await until(server, ({ running }) => running === 1)
  midway.abort()
  await assert.rejects(third, { name: 'AbortError' })
  assert.equal((await get(server, '/busy')).status, 200)
  await until(server, ({ inFlight, queued }) => inFlight === 0 && queued === 0)
})

test('what is too much is refused at once, what was accepted waits no longer than its queue, and soon all is as before', async () => {
  await using server = await serveOne()
  const baselineMs = await elapsed('/busy?ms=50')
  const askedAtMs = performance.now()
  const burst = Array.from({ length: 20 }, async () => {
    const { status, headers } = await get(server, '/busy?ms=50')
    return { status, retryAfter: headers.get('retry-after'), ms: performance.now() - askedAtMs }
  })
  // An answer that needs no host, asked for in the same moment: what refusals are compared with.
  const control = get(server, '/nowhere').then(() => performance.now() - askedAtMs)
  const answers = await Promise.all(burst)
  const served = answers.filter(({ status }) => status === 200)
  const refused = answers.filter(({ status }) => status === 503)
  assert.equal(served.length + refused.length, 20)
  assert.ok(served.length >= maxQueued && refused.length >= 5, `${served.length} served, ${refused.length} refused`)
  assert.ok(refused.every(({ retryAfter }) => Number(retryAfter) >= 1))
  const slowestRefusalMs = Math.max(...refused.map(({ ms }) => ms))
  assert.ok(slowestRefusalMs < (await control) + 20 + slackMs() / 3, `refused after ${slowestRefusalMs} ms`)
  const lastMs = Math.max(...served.map(({ ms }) => ms))
  assert.ok(slowestRefusalMs < lastMs)
  assert.ok(lastMs < (served.length + 1) * baselineMs + slackMs(), `the last of ${served.length} after ${lastMs} ms`)
  const againMs = await elapsed('/busy?ms=50')
  assert.ok(againMs < baselineMs + 1_000, `${againMs} ms after the burst, ${baselineMs} ms before`)

  async function elapsed(path: string): Promise<number> {
    const startedAtMs = performance.now()
    assert.equal((await get(server, path)).status, 200)
    return performance.now() - startedAtMs
  }
})

test('a thousand pages that never settle leave nothing behind', async () => {
  await using server = await serveOne()
  // From now on the route is known to wait.
  await get(server, '/waits-short')
  const heap = async (): Promise<{ bytes: number; timers: number }> => {
    const [bytes = 0, timers = 0] = (rootOf((await get(server, '/heap')).text).match(/\d+/g) ?? []).map(Number)
    return { bytes, timers }
  }
  let sent = 0
  const ask = async (batches: number): Promise<void> => {
    for (let batch = 0; batch < batches; batch += 1) {
      const answers = await Promise.all(Array.from({ length: 50 }, () => get(server, '/waits-short')))
      // On a busy machine some are past their deadline before they are sent with what they have.
      assert.ok(answers.every(({ status, text }) => status === 504 || text.includes('not yet')))
      sent += answers.filter(({ status }) => status === 200).length
    }
  }
  await ask(4)
  const before = await heap()
  await ask(20)
  const now = await heap()
  assert.ok(sent > 500, `${sent} were sent`)
  assert.ok(now.bytes - before.bytes < 10 * 1_048_576, `${(now.bytes - before.bytes) / 1_048_576} MiB more`)
  assert.ok(now.timers <= before.timers + 3, `${now.timers - before.timers} timers more`)
})
