/** The supervisor thread ends: no host outlives it, what ran is lost, what waited is run by new hosts. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { createPool } from '@evenkeel/pool'
import { untilGone } from '../support/processes.ts'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

const skip = process.platform === 'linux' ? false : 'reads /proc'

test('a lost supervisor is started again', { skip }, async () => {
  const workers: Worker[] = []
  const remember = (worker: Worker): number => workers.push(worker)
  process.on('worker', remember)
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0, maxQueueMs: 60_000 })
  const pids = pool.hostPids()
  const held = run(pool, 'wait')
  while (pool.stats().parked === 0) await run(pool, 'echo')
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  await workers[0]?.terminate()
  assert.equal(ending(await held), 'ended:host_lost')
  assert.match((await warned).message, /supervisor/)
  await untilGone(pids, 1_000)
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  assert.notDeepEqual(pool.hostPids(), pids)
  process.off('worker', remember)
})

test('a pool that is closed while its supervisor starts again leaves no process and no thread', { skip }, async () => {
  const workers: Worker[] = []
  const remember = (worker: Worker): number => workers.push(worker)
  process.on('worker', remember)
  const pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0 })
  const pids = pool.hostPids()
  const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
  await workers[0]?.terminate()
  await warned
  const waiting = run(pool, 'echo')
  await pool.close({ deadlineMs: 0 })
  assert.match(ending(await waiting), /^(?:refused:draining|ended:host_lost|ended:drained|ok)$/u)
  await untilGone(pids, 1_000)
  assert.ok(workers.every(({ threadId }) => threadId === -1))
  process.off('worker', remember)
})
