import assert from 'node:assert/strict'
import { availableParallelism, loadavg } from 'node:os'
import { after, before, test } from 'node:test'
import type { Pool } from '@evenkeel/pool'
import { endOf, isolatePool, runBlock, type BlockFields } from './pool.ts'

export interface Attack extends BlockFields {
  readonly code: string
  /** What it may come to. */
  readonly ends: readonly unknown[]
}

let pool: Pool
before(async () => {
  pool = await isolatePool({ maxMemoryMb: 128 })
})
after(() => pool.close())

/**
 * Time from the limit to the answer that is allowed, in milliseconds: 300 on a machine of its own. Where more threads want to run than
 * there are processors, every wait for a processor is longer in proportion.
 */
const slackMs = 300 * Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/**
 * All attacks of a file share a pool, so each also meets what the ones before it left.
 *
 * Runs an attack as one tenant while another tenant works. The attack must end as expected and in time, the neighbour must get every
 * answer while it goes on, and afterwards everything is as before.
 */
export function attack(name: string, { code, ends, ...fields }: Attack): void {
  test(name, async () => {
    const wallMs = fields.wallMs ?? 600
    const startedAtMs = performance.now()
    let over = false
    const attacking = runBlock(pool, code, { ...fields, tenant: 'attacker', wallMs }).finally(() => (over = true))
    let answers = 0
    while (!over || answers === 0) {
      assert.equal(
        endOf(await runBlock(pool, 'return input.n + 1', { tenant: 'neighbour', input: `{"n":${answers}}` })),
        answers + 1,
      )
      answers += 1
    }
    const report = await attacking
    const elapsedMs = performance.now() - startedAtMs - report.timeline.queueMs
    const end = endOf(report)
    assert.ok(
      ends.some((each) => JSON.stringify(each) === JSON.stringify(end)),
      `ended as ${JSON.stringify(end)?.slice(0, 300)}`,
    )
    assert.ok(elapsedMs < wallMs + slackMs, `took ${elapsedMs} ms`)
    assert.equal(endOf(await runBlock(pool, 'return "alive"', { tenant: 'attacker' })), 'alive')
    for (const { residentMb } of pool.stats().hostList)
      assert.ok(residentMb < 600, `a host of ${residentMb} MiB is left`)
  })
}
