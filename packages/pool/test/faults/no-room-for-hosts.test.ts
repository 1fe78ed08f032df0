/** No descriptor or no room for a file when a host is to be replaced: the gateway stays, and there are hosts again when that has passed. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import type { Engine } from '@evenkeel/pool/engine'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

function failingEngine(fails: () => boolean): Engine {
  const engine = testEngine()
  const launch: Engine['launch'] = (limits) => {
    if (fails()) throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' })
    return engine.launch(limits)
  }
  return { ...engine, launch }
}

test('a host that cannot be replaced at once is replaced later', async () => {
  let failures = 0
  const engine = failingEngine(() => failures > 0 && failures-- > 0)
  await using pool = await createPool({ engine, hosts: 1, spares: 0, maxQueueMs: 60_000 })
  failures = 2
  assert.equal(ending(await run(pool, 'exit')), 'ended:host_lost')
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  assert.equal(failures, 0)
})

test('a pool that cannot start its first hosts says why, and leaves nothing open', async () => {
  const open = (): number => readdirSync('/proc/self/fd').length
  const engine = failingEngine(() => engineFails)
  let engineFails = false
  await (await createPool({ engine, hosts: 1, spares: 0 })).close()
  const before = open()
  engineFails = true
  // The arithmetic of the options asks the engine, too.
  await assert.rejects(createPool({ engine, hosts: 1, spares: 0 }), /EMFILE/)
  assert.ok(open() <= before)
})
