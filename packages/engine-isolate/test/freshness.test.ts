import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

const counter = 'globalThis.count = (globalThis.count ?? 0) + 1; return count'

test('context: every run has a new global', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  assert.deepEqual([endOf(await runBlock(pool, counter)), endOf(await runBlock(pool, counter))], [1, 1])
})

test('isolate: every run has a new heap', async () => {
  await using pool = await isolatePool({ hosts: 1 })
  assert.equal(endOf(await runBlock(pool, counter, { freshness: 'isolate' })), 1)
  assert.equal(endOf(await runBlock(pool, counter, { freshness: 'isolate' })), 1)
})

test('reuse: globals of one program persist, for that program and that tenant only', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const counts = []
  for (let run = 0; run < 3; run += 1) counts.push(endOf(await runBlock(pool, counter, { freshness: 'reuse' })))
  assert.deepEqual(counts, [1, 2, 3])
  assert.equal(endOf(await runBlock(pool, `${counter} // other`, { freshness: 'reuse' })), 1)
  assert.equal(endOf(await runBlock(pool, counter, { freshness: 'reuse', tenant: 'two' })), 1)
  assert.equal(endOf(await runBlock(pool, counter, { freshness: 'reuse' })), 4)
  assert.equal(endOf(await runBlock(pool, counter)), 1)
})

test('reuse: a promise of an earlier run settles nothing of a later one', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const code =
    'globalThis.runs = (globalThis.runs ?? 0) + 1; const own = runs; setTimeout(() => { globalThis.late = own }, 1); return [own, globalThis.late ?? null, input.n]'
  for (const n of [1, 2, 3])
    assert.deepEqual(endOf(await runBlock(pool, code, { freshness: 'reuse', input: `{"n":${n}}` })), [n, null, n])
})

test('reuse: a run that was ended takes its world along', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const code = 'globalThis.n = (globalThis.n ?? 0) + 1; if (input.spin) for (;;); return n'
  assert.equal(endOf(await runBlock(pool, code, { freshness: 'reuse' })), 1)
  assert.equal(
    endOf(await runBlock(pool, code, { freshness: 'reuse', input: '{"spin":true}', wallMs: 100 })),
    'ended:wall',
  )
  assert.equal(endOf(await runBlock(pool, code, { freshness: 'reuse' })), 1)
})

test('process: every run has a host process of its own', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 1, maxQueueMs: 10_000 })
  const rotation = pool.hostPids()
  for (let run = 0; run < 3; run += 1) assert.equal(endOf(await runBlock(pool, counter, { freshness: 'process' })), 1)
  assert.deepEqual(pool.hostPids(), rotation)
  assert.equal(pool.stats().hostList.filter(({ executions }) => executions > 0 && executions !== 1).length, 0)
})
