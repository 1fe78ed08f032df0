/** Short runs are given to a host ahead of time; what then waits behind a run that is long after all gets out of its way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Pool, RunReport } from '@evenkeel/pool'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

const code = `
  if (input.spinMs) {
    void fetch('https://example.org/begun').catch(() => {})
    const end = Date.now() + input.spinMs
    while (Date.now() < end);
  }
  globalThis.n = (globalThis.n ?? 0) + 1
  return [input.n, n]`

/** Also until every host is ready. */
async function knownAsQuick(pool: Pool): Promise<void> {
  for (let n = 0; n < 20 || pool.stats().hostList.some(({ state }) => state === 'starting'); n += 1)
    assert.deepEqual(endOf(await runBlock(pool, code, { input: `{"n":${n}}` })), [n, 1])
}

/** Resolves when it runs; the report comes later. */
async function beginLong(pool: Pool, spinMs: number): Promise<{ report: Promise<RunReport> }> {
  const begun = Promise.withResolvers<void>()
  const onCall = async (): Promise<never> => {
    begun.resolve()
    throw new Error('there is no network')
  }
  const report = runBlock(pool, code, { input: `{"n":1,"spinMs":${spinMs}}`, hostCalls: 1, onCall })
  await begun.promise
  return { report }
}

test('many quick runs at once are each answered once, and rightly', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  await knownAsQuick(pool)
  const runs = Array.from({ length: 200 }, (_, n) => runBlock(pool, code, { input: `{"n":${n}}`, tenant: `t${n % 3}` }))
  const ends = (await Promise.all(runs)).map((report) => endOf(report))
  assert.deepEqual(
    ends,
    Array.from({ length: 200 }, (_, n) => [n, 1]),
  )
  assert.equal(pool.stats().hostList[0]?.executions, 220)
})

test('a run behind one that turns out to be long is taken back and runs elsewhere', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1 })
  await knownAsQuick(pool)
  const order: string[] = []
  const long = await beginLong(pool, 3_000)
  const ended = long.report.then((report) => {
    order.push('long')
    return endOf(report)
  })
  assert.deepEqual(endOf(await runBlock(pool, code, { input: '{"n":2}' })), [2, 1])
  order.push('behind')
  assert.deepEqual(await ended, [1, 1])
  assert.deepEqual(order, ['behind', 'long'])
})

test('without another host it waits, and its own time begins when it runs', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  await knownAsQuick(pool)
  const long = await beginLong(pool, 800)
  const behind = await runBlock(pool, code, { input: '{"n":2,"spinMs":20}', wallMs: 400 })
  assert.deepEqual(endOf(behind), [2, 1])
  assert.deepEqual(endOf(await long.report), [1, 1])
  assert.ok(behind.timeline.queueMs > 400, `${behind.timeline.queueMs} ms in the queue`)
})

test('a run behind one that loses its host runs elsewhere, once', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1 })
  await knownAsQuick(pool)
  const [pid = 0] = pool.hostPids()
  const long = await beginLong(pool, 3_000)
  const behind = runBlock(pool, code, { input: '{"n":2}' })
  process.kill(pid, 'SIGKILL')
  assert.equal(endOf(await long.report), 'ended:host_lost')
  assert.deepEqual(endOf(await behind), [2, 1])
})

test('a run that waits behind another is cancelled at once', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  await knownAsQuick(pool)
  const controller = new AbortController()
  const long = await beginLong(pool, 2_000)
  const behind = runBlock(pool, code, { input: '{"n":2}', signal: controller.signal })
  const order: string[] = []
  const ended = long.report.then(() => order.push('long'))
  controller.abort()
  const end = endOf(await behind)
  order.push('behind')
  assert.ok(end === 'ended:cancelled' || end === 'refused:cancelled', String(end))
  await ended
  assert.deepEqual(order, ['behind', 'long'])
})
