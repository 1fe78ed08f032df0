/** A pool that may grow does so after a lasting delay of its queue, without a failed run. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

test('work that has to wait for seconds brings another host, within the most', async () => {
  await using pool = await isolatePool({ hosts: 2, minHosts: 1, spares: 0, queueTargetMs: 100, maxQueueMs: 30_000 })
  pool.resize(1)
  while (pool.stats().hosts > 1) await runBlock(pool, 'return 1')
  const startedAtMs = performance.now()
  let over = false
  // Always one that waits while another computes for tens of milliseconds.
  const load = Array.from({ length: 6 }, async (_, tenant) => {
    while (!over) {
      const end = endOf(
        await runBlock(pool, 'for (let i = 0; i < 3e7; i++); return 1', { tenant: String(tenant), wallMs: 20_000 }),
      )
      assert.ok([1, 'refused:queue_full', 'refused:tenant_queue_full'].includes(end as string), String(end))
      if (end !== 1) await new Promise((resolve) => setTimeout(resolve, 20))
    }
  })
  while (pool.stats().hosts < 2 && performance.now() - startedAtMs < 25_000)
    await new Promise((resolve) => setTimeout(resolve, 50))
  over = true
  await Promise.all(load)
  assert.equal(pool.stats().hosts, 2)
})
