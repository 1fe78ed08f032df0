import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from '../support/pool.ts'

test('what a block left running is cut when it settles, and uses no processor afterwards', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const code =
    'setInterval(() => { for (let i = 0; i < 1e6; i++); }, 1); (async () => { for (;;) await new Promise((r) => setTimeout(r, 0)) })(); return "early"'
  const report = await runBlock(pool, code)
  assert.equal(endOf(report), 'early')
  assert.ok(report.outcome.status === 'ok' && report.outcome.warnings.length === 1)
  const before = cpuOf(pool)
  for (let run = 0; run < 20; run += 1)
    assert.equal(endOf(await runBlock(pool, 'await new Promise((r) => setTimeout(r, 10)); return 1')), 1)
  assert.ok(cpuOf(pool) - before < 200, `${cpuOf(pool) - before} ms of processor time`)
})

function cpuOf(pool: { stats(): { hostList: readonly { cpuMs: number }[] } }): number {
  return pool.stats().hostList.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}
