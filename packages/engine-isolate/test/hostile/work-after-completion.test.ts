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

test('what it starts some turns after it has settled is cut and told, too', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const later = '(async () => { for (let turn = 0; turn < 50; turn++) await null; START })(); return "early"'
  for (const [start, code] of [
    ['setTimeout(() => {}, 1000)', 'EK_BLOCK_TIMERS_CUT'],
    ['void fetch("https://example.org")', 'EK_BLOCK_CALLS_CUT'],
  ] as const) {
    const report = await runBlock(pool, later.replace('START', start), { hostCalls: 1, onCall: never })
    assert.equal(endOf(report), 'early')
    const codes = report.outcome.status === 'ok' ? report.outcome.warnings.map((warning) => warning.code) : []
    assert.deepEqual(codes, [code])
  }
})

test('a flood of changes after it has settled is no flood for its host', async () => {
  await using pool = await isolatePool({ hosts: 1, spares: 0 })
  const code =
    '(async () => { await null; for (let turn = 0; turn < 1e5; turn++) { await null; clearTimeout(setTimeout(() => {}, 1)) } })(); return "x".repeat(1e6)'
  const [before] = pool.stats().hostList
  assert.equal((endOf(await runBlock(pool, code, { wallMs: 10_000 })) as string).length, 1e6)
  const [after] = pool.stats().hostList
  assert.equal(after?.hostId, before?.hostId)
  assert.ok((after?.residentMb ?? 0) < 400, `${after?.residentMb} MiB`)
})

function never(_call: unknown, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('aborted')), { once: true }),
  )
}

function cpuOf(pool: { stats(): { hostList: readonly { cpuMs: number }[] } }): number {
  return pool.stats().hostList.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
}
