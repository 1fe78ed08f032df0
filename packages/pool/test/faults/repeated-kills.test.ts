/** A tenant whose every run costs a host cannot do so faster than hosts are replaced: the others always have one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

for (const program of ['spin', 'exit', 'garbage'])
  test(`${program}, again and again, leaves the others a host`, async () => {
    await using pool = await createPool({
      engine: testEngine(),
      hosts: 2,
      spares: 1,
      killGraceMs: 50,
      maxQueueMs: 4_000,
    })
    const wreck = async (): Promise<string> => ending(await run(pool, program, { tenant: 'wrecker', wallMs: 100 }))
    assert.equal(ending(await run(pool, 'echo', { tenant: 'other' })), 'ok')
    assert.match(await wreck(), /^ended/)
    let over = false
    const wrecks = Promise.all(Array.from({ length: 6 }, wreck)).finally(() => (over = true))
    let fewest = Infinity
    while (!over) {
      assert.equal(ending(await run(pool, 'echo', { tenant: 'other' })), 'ok')
      fewest = Math.min(fewest, pool.stats().hosts)
    }
    assert.ok(fewest >= 1, `${fewest} hosts`)
    const endings = await wrecks
    assert.ok(
      endings.some((each) => each.startsWith('ended')),
      endings.join(),
    )
    for (const each of endings)
      assert.match(each, /^(ended:(wall|host_lost)|refused:(tenant_queue_full|queue_timeout))$/)
    assert.equal(ending(await run(pool, 'echo', { tenant: 'other' })), 'ok')
  })

test('a tenant alone is not held back', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 1, killGraceMs: 50 })
  assert.equal(ending(await run(pool, 'exit')), 'ended:host_lost')
  assert.equal(ending(await run(pool, 'echo')), 'ok')
})
