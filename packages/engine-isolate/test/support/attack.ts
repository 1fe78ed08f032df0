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

/** How much longer than usual things take where more threads want to run than there are processors. */
const crowding = Math.max(1, (loadavg()[0] ?? 0) / availableParallelism())

/**
 * Time from the limit to the answer that is allowed, in milliseconds: 300 on a machine of its own. Where more threads want to run than
 * there are processors, every wait for a processor is longer in proportion.
 */
const slackMs = 300 * crowding

/** What the kernel may take to give a neighbour its turn beside an attack: a time slice or two. */
const turnMs = 20 * crowding

const idleRuns = 40

/**
 * All attacks of a file share a pool, so each also meets what the ones before it left.
 *
 * Runs an attack as one tenant while another tenant works. The attack must end as expected and in time, the neighbour must get every
 * answer while it goes on, nineteen of twenty within twice what it needs at rest and a time slice, and afterwards everything is as before.
 */
export function attack(name: string, { code, ends, ...fields }: Attack): void {
  test(name, async () => {
    const wallMs = fields.wallMs ?? 600
    const idleMs = []
    for (let run = 0; run < idleRuns; run += 1) idleMs.push(await neighbourMs(run))
    const startedAtMs = performance.now()
    let over = false
    const attacking = runBlock(pool, code, { ...fields, tenant: 'attacker', wallMs }).finally(() => (over = true))
    const besideMs: number[] = []
    while (!over || besideMs.length === 0) besideMs.push(await neighbourMs(besideMs.length))
    const report = await attacking
    const elapsedMs = performance.now() - startedAtMs - report.timeline.queueMs
    const end = endOf(report)
    assert.ok(
      ends.some((each) => JSON.stringify(each) === JSON.stringify(end)),
      `ended as ${JSON.stringify(end)?.slice(0, 300)}`,
    )
    assert.ok(elapsedMs < wallMs + slackMs, `took ${elapsedMs} ms`)
    const [atRest, beside] = [quantile(idleMs, 0.95), quantile(besideMs, 0.95)]
    // Of an attack that is over at once there is no nineteenth of twenty.
    assert.ok(
      beside < (besideMs.length < idleRuns ? slackMs : 2 * atRest + turnMs),
      `the neighbour waited ${beside} ms beside the attack, and ${atRest} at rest`,
    )
    assert.equal(endOf(await runBlock(pool, 'return "alive"', { tenant: 'attacker' })), 'alive')
    for (const { residentMb } of pool.stats().hostList)
      assert.ok(residentMb < 600, `a host of ${residentMb} MiB is left`)
  })
}

async function neighbourMs(n: number): Promise<number> {
  const askedAtMs = performance.now()
  const report = await runBlock(pool, 'return input.n + 1', { tenant: 'neighbour', input: `{"n":${n}}` })
  assert.equal(endOf(report), n + 1)
  return performance.now() - askedAtMs
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((first, second) => first - second)
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0
}
