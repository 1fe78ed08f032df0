import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

test('no run fails while every host is replaced again and again', async () => {
  await using pool = await isolatePool()
  const seen = new Set(pool.hostPids())
  let over = false
  const load = Array.from({ length: 4 }, async (_, worker) => {
    while (!over) assert.equal(endOf(await runBlock(pool, 'return input.n', { input: `{"n":${worker}}` })), worker)
  })
  for (let round = 0; round < 3; round += 1) {
    await pool.recycleAll()
    for (const pid of pool.hostPids()) seen.add(pid)
  }
  over = true
  await Promise.all(load)
  assert.ok(seen.size >= 6, `${seen.size} processes`)
})

test('hosts are replaced after their executions, without a failed run', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1, recycle: { executions: 50 } })
  const [first] = pool.hostPids()
  while (pool.hostPids()[0] === first) assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
  assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
})
