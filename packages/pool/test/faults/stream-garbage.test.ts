/** A host that breaks the rules of streams is killed: its run is lost, and the next one is answered by another host. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

for (const program of ['floodStream', 'dataWithoutHead', 'twoHeadFrames', 'wrongCredit', 'streamInWholeRun']) {
  test(`${program}: the host is killed and replaced`, async () => {
    await using pool = await createPool({ engine: testEngine({ streams: true }), hosts: 1, spares: 1 })
    const { tenant, limits } = {
      tenant: 'one',
      limits: { wallMs: 10_000, cpuMs: 10_000, memoryMb: 64, outputBytes: 1, logBytes: 1, hostCalls: 0 },
    }
    if (program === 'streamInWholeRun') assert.equal(ending(await run(pool, program)), 'ended:host_lost')
    else {
      const opened = await pool.open({
        tenant,
        limits,
        input: '1',
        program: { id: program, options: {}, source: program },
      })
      const report = opened.status === 'answered' ? await opened.done : opened.report
      assert.equal(ending(report), 'ended:host_lost')
    }
    assert.equal(ending(await run(pool, 'echo')), 'ok')
  })
}
