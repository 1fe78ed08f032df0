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

test('a host whose allocator gives nothing back is replaced; heaps that it keeps are no reason', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1, maxMemoryMb: 128 })
  const [first] = pool.hostPids()
  const keep = 'globalThis.kept = Array.from({ length: 4e5 }, (_, i) => [i]); return kept.length'
  for (const tenant of ['a', 'b', 'c', 'd'])
    assert.equal(endOf(await runBlock(pool, keep, { tenant, freshness: 'reuse', memoryMb: 128 })), 400_000)
  // Longer than a drift must last.
  for (let beats = 0; beats < 12; beats += 1) await new Promise((resolve) => setTimeout(resolve, 250))
  assert.equal(pool.hostPids()[0], first)
  const pieces =
    'const all = []; for (let i = 0; i < 36_000; i++) all.push(new Uint8Array(3_000).fill(1)); return all.length'
  for (let run = 0; pool.hostPids()[0] === first; run += 1) {
    const end = endOf(await runBlock(pool, pieces, { tenant: `${run}`, memoryMb: 128 }))
    assert.ok([36_000, 'ended:memory', 'failed:RangeError'].includes(end as string), String(end))
    for (let beats = 0; beats < 12 && pool.hostPids()[0] === first; beats += 1)
      await new Promise((resolve) => setTimeout(resolve, 250))
    assert.ok(run < 4, 'it was not replaced')
  }
  assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
})

test('hosts are replaced after their executions, without a failed run', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1, recycle: { executions: 50 } })
  const [first] = pool.hostPids()
  while (pool.hostPids()[0] === first) assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
  assert.equal(endOf(await runBlock(pool, 'return 1')), 1)
})
