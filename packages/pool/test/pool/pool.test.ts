import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

test('input goes in, output and logs come out', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  const report = await run(pool, 'echo', { input: '{"a":"ü"}' })
  assert.equal(report.outcome.status, 'ok')
  if (report.outcome.status === 'ok') assert.equal(Buffer.from(report.outcome.output).toString(), '{"a":"ü"}')
  const logged = await run(pool, 'log')
  assert.deepEqual(logged.logs, [{ level: 'log', message: 'hello', atMs: 1 }])
})

test('a full queue refuses at once and says when to come back', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0, maxQueued: 1, maxQueueMs: 600_000 })
  const controller = new AbortController()
  const held = run(pool, 'hold', { signal: controller.signal })
  const waiting = run(pool, 'echo')
  const refused = await run(pool, 'echo')
  assert.equal(ending(refused), 'refused:queue_full')
  assert.ok(refused.outcome.status === 'refused' && refused.outcome.retryAfterMs > 0)
  controller.abort()
  assert.equal(ending(await held), 'ended:cancelled')
  assert.equal(ending(await waiting), 'ok')
})

test('who waits too long is refused', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0, maxQueueMs: 50 })
  const controller = new AbortController()
  const held = run(pool, 'hold', { signal: controller.signal })
  const late = await run(pool, 'echo')
  assert.equal(ending(late), 'refused:queue_timeout')
  assert.ok(late.timeline.queueMs >= 49)
  controller.abort()
  await held
})

for (const [overloadOrder, expected] of [
  ['oldest', ['1', '2', '3']],
  ['newest', ['3', '2', '1']],
] as const) {
  test(`under sustained overload the ${overloadOrder} is next`, async () => {
    await using pool = await createPool({
      engine: testEngine(),
      hosts: 1,
      spares: 0,
      overloadOrder,
      maxQueueMs: 60_000,
    })
    const holder = new AbortController()
    const held = run(pool, 'hold', { signal: holder.signal })
    const order: string[] = []
    const waiting = ['1', '2', '3'].map(async (input) => {
      await run(pool, 'echo', { input })
      order.push(input)
    })
    // The queue is not empty meanwhile, for longer than a burst.
    assert.equal(ending(await run(pool, 'echo', { signal: AbortSignal.timeout(200) })), 'refused:cancelled')
    holder.abort()
    await Promise.all([held, ...waiting])
    assert.deepEqual(order, expected)
  })
}

test('a caller that goes away while waiting leaves the queue', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  const holder = new AbortController()
  const held = run(pool, 'hold', { signal: holder.signal })
  const goer = new AbortController()
  const gone = run(pool, 'echo', { signal: goer.signal })
  assert.equal(pool.stats().queued, 1)
  goer.abort()
  assert.equal(ending(await gone), 'refused:cancelled')
  assert.equal(pool.stats().queued, 0)
  holder.abort()
  await held
})

test('parked programs leave the running place to others', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  const controller = new AbortController()
  const parked = run(pool, 'wait', { signal: controller.signal })
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  controller.abort()
  assert.equal(ending(await parked), 'ended:cancelled')
})

test('a pool that cannot boot a host says why', async () => {
  await assert.rejects(createPool({ engine: testEngine({ failBoot: true }), hosts: 1, spares: 0 }), {
    code: 'EK_POOL_START',
    message: /boot refused by the test/,
  })
})

test('closing refuses new work and leaves no process', async () => {
  const pool = await createPool({ engine: testEngine(), hosts: 2, spares: 1 })
  const controller = new AbortController()
  const held = run(pool, 'hold', { signal: controller.signal })
  const closing = pool.close({ deadlineMs: 60_000 })
  assert.equal(ending(await run(pool, 'echo')), 'refused:draining')
  controller.abort()
  await held
  await closing
  assert.equal(pool.stats().processes, 0)
  await pool.close()
})

test('what collections cost a host is known', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  while (pool.stats().hostList[0]?.gcMs === 0) assert.equal(ending(await run(pool, 'litter')), 'ok')
  await run(pool, 'echo')
  assert.ok(pool.slowest().every(({ pool: { host } }) => host !== undefined && host.gcMs >= 0))
})
