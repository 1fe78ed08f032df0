/** One tenant floods the pool with endless loops; another gets every answer, soon. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { endOf, isolatePool, runBlock } from './support/pool.ts'

test('50 endless loops of one tenant leave another its answers', async () => {
  await using pool = await isolatePool()
  for (let run = 0; run < 20; run += 1) await runBlock(pool, 'return 1', { tenant: 'quiet' })
  const loops = Array.from({ length: 50 }, () => runBlock(pool, 'for (;;);', { tenant: 'loud', wallMs: 1_000 }))
  const waits: number[] = []
  for (let run = 0; run < 50; run += 1) {
    const startedAtMs = performance.now()
    assert.equal(endOf(await runBlock(pool, 'return input', { tenant: 'quiet', input: `${run}` })), run)
    waits.push(performance.now() - startedAtMs)
  }
  const slow = waits.filter((waitMs) => waitMs > 500)
  assert.ok(slow.length <= 1, `${slow.length} of 50 answers took over half of the loops' limit: ${slow.join()}`)
  const endings = new Set((await Promise.all(loops)).map((report) => endOf(report)))
  for (const end of endings)
    assert.ok(
      ['ended:wall', 'refused:tenant_queue_full', 'refused:queue_full', 'refused:queue_timeout'].includes(String(end)),
      String(end),
    )
})
