import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from '../support/pool.ts'

test('timers without number end at the memory or time limit', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  const report = await runBlock(pool, 'for (let i = 0; ; i++) setTimeout(() => {}, 1e6)', { wallMs: 3_000 })
  assert.ok(['ended:memory', 'ended:wall'].includes(String(endOf(report))), String(endOf(report)))
  assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
})

test('a tenant that floods the queue is refused, another is not', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0, maxQueued: 50 })
  const flood = Array.from({ length: 200 }, () =>
    runBlock(pool, 'for (let i = 0; i < 1e6; i++); return 1', { tenant: 'flood' }),
  )
  assert.equal(endOf(await runBlock(pool, 'return "served"', { tenant: 'other' })), 'served')
  const endings = (await Promise.all(flood)).map((report) => endOf(report))
  assert.ok(endings.includes('refused:tenant_queue_full'))
  for (const end of endings)
    assert.ok([1, 'refused:tenant_queue_full', 'refused:queue_timeout'].includes(end as string), String(end))
})
