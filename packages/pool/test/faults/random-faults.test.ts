/** A random history of loads, faults and kills: no job is lost or run twice, and the pool's counts are the real processes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createPool, type Pool } from '@evenkeel/pool'
import { childPids } from '../support/processes.ts'
import { ending, run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

const onLinux = process.platform === 'linux' ? false : 'reads /proc'
const signals = ['SIGKILL', 'SIGSEGV', 'SIGABRT', 'SIGSTOP', 'SIGKILL'] as const

for (const seed of [1, 2]) {
  test(`history ${seed}`, { skip: onLinux }, async () => {
    const random = generator(seed)
    await using pool = await createPool({ engine: testEngine(), hosts: 2, spares: 1, killGraceMs: 50 })
    const marks = new Map<number, number>()
    const jobs: Promise<string>[] = []
    for (let step = 0; step < 60; step += 1) {
      const chance = random()
      if (chance < 0.25) killOne(pool, random)
      else if (chance < 0.35) jobs.push(oneRun(pool, pick(['exit', 'abort', 'garbage', 'throw'], random)))
      else jobs.push(markedRun(pool, step, marks))
      checkCounts(pool)
      if (random() < 0.5) await run(pool, 'early-echo')
    }
    const endings = await Promise.all(jobs)
    assert.deepEqual(
      [...new Set(endings)].filter(
        (each) => !['ok', 'ended:host_lost', 'ended:wall', 'refused:queue_timeout'].includes(each),
      ),
      [],
    )
    for (const [step, count] of marks) assert.equal(count, 1, `job ${step} ran ${count} times`)
    while (pool.stats().hosts < 2) await run(pool, 'echo')
    checkCounts(pool)
    assert.equal(pool.stats().inFlight, 0)
    assert.equal(pool.stats().running, 0)
  })
}

test('after closing no process is left', { skip: onLinux }, async () => {
  const pool = await createPool({ engine: testEngine(), hosts: 2, spares: 1 })
  assert.ok(childPids().length >= 3)
  await pool.close()
  assert.deepEqual(childPids(), [])
})

test('a pool that shrinks ends processes', { skip: onLinux }, async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 2, minHosts: 1, spares: 0 })
  const before = childPids()
  pool.resize(1)
  while (childPids().length > 1) await run(pool, 'echo')
  assert.ok(before.includes(childPids()[0] ?? 0))
  assert.equal(pool.stats().hosts, 1)
  pool.resize(2)
  while (pool.stats().hosts < 2) await run(pool, 'echo')
  checkCounts(pool)
})

/** Every child is one that the pool counts; one whose start is under way may not have said its id yet. */
function checkCounts(pool: Pool): void {
  const { states, processes, hostList } = pool.stats()
  const sum = Object.values(states).reduce((total, count) => total + count, 0)
  assert.equal(sum, processes)
  const known = new Set(hostList.map(({ pid }) => pid))
  const unnamed = hostList.filter(({ pid }) => pid === undefined).length
  const strangers = childPids().filter((pid) => !known.has(pid))
  assert.ok(strangers.length <= unnamed, `${strangers.length} processes that the pool does not count`)
}

function killOne(pool: Pool, random: () => number): void {
  const pids = pool.stats().hostList.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  const pid = pick(pids, random)
  if (pid !== undefined && childPids().includes(pid)) process.kill(pid, pick(signals, random))
}

async function oneRun(pool: Pool, program: string): Promise<string> {
  return ending(await run(pool, program, { wallMs: 4_000 }))
}

async function markedRun(pool: Pool, step: number, marks: Map<number, number>): Promise<string> {
  const onCall = (): Promise<{ meta: unknown; body: Uint8Array }> => {
    marks.set(step, (marks.get(step) ?? 0) + 1)
    return Promise.resolve({ meta: null, body: new Uint8Array(0) })
  }
  return ending(await run(pool, 'mark', { onCall, wallMs: 4_000 }))
}

function pick<Item>(items: readonly Item[], random: () => number): Item {
  return items[Math.floor(random() * items.length)] as Item
}

/** Mulberry32: small, and the same history for the same seed. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
