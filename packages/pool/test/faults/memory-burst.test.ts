/** Memory taken faster than hosts are sampled: the kernel ends the host by its memory group, and the caller learns the same reason. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { MemoryGroups } from '../../src/supervisor/memory-groups.ts'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

test('a burst between two samples ends as memory', async (t) => {
  if (MemoryGroups.open(`${process.pid}-probe`) === undefined) return t.skip('this process may not make memory groups')
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1, sampleEveryMs: 1_000 })
  for (let round = 0; round < 3; round += 1) {
    const report = await run(pool, 'grow')
    assert.equal(ending(report), 'ended:memory', JSON.stringify(report.outcome))
    assert.equal(ending(await run(pool, 'echo')), 'ok')
  }
})
