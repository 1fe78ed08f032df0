import assert from 'node:assert/strict'
import { getPriority } from 'node:os'
import { test } from 'node:test'
import { createPool } from '@evenkeel/pool'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

const forever = 600_000

/** Turns of the event loop until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}

test('a host that is replaced takes work beside the one that takes its place', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, recycle: { overlapMs: forever } })
  await until(() => pool.stats().spares === 1)
  const [old] = pool.hostPids()
  const replaced = pool.recycleAll()
  assert.equal(pool.hostPids().length, 2)
  assert.equal(pool.hostPids()[0], old)
  assert.equal(pool.stats().processes, 2, 'it is none more than before')
  const holders = [new AbortController(), new AbortController()]
  const held = holders.map(({ signal }) => run(pool, 'hold', { signal }))
  await until(() => pool.stats().running === 2)
  for (const each of holders) each.abort()
  for (const each of await Promise.all(held)) assert.equal(ending(each), 'ended:cancelled')
  await pool.close()
  await replaced
})

test('the process that stands by next is not started before the rest is over', async () => {
  const recycle = { overlapMs: 0, restMs: forever }
  await using pool = await createPool({ engine: testEngine(), hosts: 1, recycle })
  await until(() => pool.stats().spares === 1)
  await pool.recycleAll()
  await until(() => pool.stats().processes === 1)
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  assert.equal(pool.stats().processes, 1)
})

test('a host that is lost during the rest is replaced at once', async () => {
  const recycle = { overlapMs: 0, restMs: forever }
  await using pool = await createPool({ engine: testEngine(), hosts: 1, killGraceMs: 50, recycle })
  await until(() => pool.stats().spares === 1)
  await pool.recycleAll()
  assert.equal(ending(await run(pool, 'exit')), 'ended:host_lost')
  assert.equal(ending(await run(pool, 'echo')), 'ok')
  await until(() => pool.stats().spares === 1)
})

test('a host that is lost while another is replaced keeps that one in rotation', async () => {
  await using pool = await createPool({
    engine: testEngine(),
    hosts: 1,
    spares: 1,
    killGraceMs: 50,
    recycle: { overlapMs: 1_000 },
  })
  await until(() => pool.stats().spares === 1)
  const [old] = pool.hostPids()
  const replaced = pool.recycleAll()
  const holder = new AbortController()
  const held = run(pool, 'hold', { signal: holder.signal })
  assert.equal(ending(await run(pool, 'exit')), 'ended:host_lost', 'in the other')
  holder.abort()
  assert.equal(ending(await held), 'ended:cancelled')
  await replaced
  assert.equal(pool.stats().hosts, 1)
  assert.notEqual(pool.hostPids()[0], old, 'it is replaced in the end')
})

test('a process that nothing waits for boots in the time that the others leave', async (context) => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, recycle: { overlapMs: 0, restMs: 0 } })
  await until(() => pool.stats().spares === 1)
  await pool.recycleAll()
  const ordinary = getPriority()
  let lowest = ordinary
  await until(() => {
    for (const { pid, state } of pool.stats().hostList)
      if (state === 'starting' && pid !== undefined) lowest = Math.max(lowest, priorityOf(pid) ?? lowest)
    return pool.stats().spares === 1
  })
  if (lowest <= ordinary + 1) return context.skip('this user may not raise a priority again')
  assert.equal(lowest, 19)
  for (const { pid } of pool.stats().hostList) assert.equal(priorityOf(pid ?? 0), ordinary)
})

test('a host is as nice as its engine says, and stays so', async () => {
  const engine = testEngine()
  const nicer: typeof engine = { ...engine, launch: (limits) => ({ ...engine.launch(limits), nicerBy: 3 }) }
  await using pool = await createPool({ engine: nicer, hosts: 1, spares: 0, recycle: { overlapMs: 0, restMs: 0 } })
  const wanted = Math.min(19, getPriority() + 3)
  assert.equal(priorityOf(pool.hostPids()[0] ?? 0), wanted)
  await pool.recycleAll()
  assert.equal(priorityOf(pool.hostPids()[0] ?? 0), wanted)
})

/** Undefined when the process is gone. */
function priorityOf(pid: number): number | undefined {
  try {
    return getPriority(pid)
  } catch {
    return undefined
  }
}
