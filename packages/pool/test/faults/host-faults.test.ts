/** A host that crashes, hangs, lies or grows: its own job gets the right reason, the pool replaces it, others go on. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool, type Pool } from '@evenkeel/pool'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

const faults: readonly { readonly program: string; readonly ends: string; readonly wallMs?: number }[] = [
  { program: 'exit', ends: 'ended:host_lost' },
  { program: 'abort', ends: 'ended:host_lost' },
  { program: 'throw', ends: 'ended:host_lost' },
  { program: 'garbage', ends: 'ended:host_lost' },
  { program: 'spin', ends: 'ended:wall', wallMs: 200 },
  { program: 'hung', ends: 'ended:cpu' },
  { program: 'grow', ends: 'ended:memory' },
]

for (const { program, ends, wallMs = 10_000 } of faults) {
  test(`${program}: the job ends as ${ends} and the next one is answered`, async () => {
    await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1, killGraceMs: 50 })
    const report = await run(pool, program, { wallMs })
    assert.equal(ending(report), ends)
    assert.equal(ending(await run(pool, 'echo')), 'ok')
  })
}

test('a kill takes parked programs of the same host along, as host_lost', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1, killGraceMs: 50 })
  const parked = run(pool, 'wait')
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  const spinning = run(pool, 'spin', { wallMs: 100 })
  assert.equal(ending(await spinning), 'ended:wall')
  assert.equal(ending(await parked), 'ended:host_lost')
})

test('a host that was given up, and ends its program all the same, is gone', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1, killGraceMs: 60_000 })
  const [pid] = pool.hostPids()
  assert.equal(ending(await run(pool, 'hungAndDone')), 'ok')
  while (pool.stats().hostList.some((host) => host.pid === pid)) await run(pool, 'echo')
  await stable(pool)
})

test('a host killed from outside is replaced', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 2, spares: 0 })
  const held = run(pool, 'wait')
  while (pool.stats().parked === 0) await run(pool, 'echo')
  for (const pid of pool.hostPids()) process.kill(pid, 'SIGKILL')
  assert.equal(ending(await held), 'ended:host_lost')
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  await stable(pool)
})

/** Each host is alive again when as many jobs as hosts run at once. */
async function stable(pool: Pool): Promise<void> {
  const endings = await Promise.all(['echo', 'echo', 'echo'].map(async (program) => ending(await run(pool, program))))
  assert.deepEqual(endings, ['ok', 'ok', 'ok'])
}
