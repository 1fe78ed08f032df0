/** Four times as much as the pool can do: what it takes is not late, and what it does not take is told at once. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createPool, type Pool, type RunReport } from '@evenkeel/pool'
import { readCapacity } from '../../src/util/capacity.ts'
import { run } from '../support/run.ts'
import { testEngine } from '../support/test-engine.ts'

/** What a run of `work` holds its place for, in milliseconds. It computes nothing, so that a busy machine has the same capacity. */
const workMs = 30
const hosts = Math.min(2, readCapacity().processors)

interface Timed {
  readonly elapsedMs: number
  readonly report: RunReport
}

async function work(pool: Pool): Promise<Timed> {
  const startedAtMs = performance.now()
  const report = await run(pool, 'work')
  return { elapsedMs: performance.now() - startedAtMs, report }
}

/** As many callers as hosts, so that nobody waits. */
async function unhurried(pool: Pool, runsEach: number): Promise<Timed[]> {
  const callers = Array.from({ length: hosts }, async () => {
    const times: Timed[] = []
    while (times.length < runsEach) times.push(await work(pool))
    return times
  })
  return (await Promise.all(callers)).flat()
}

/** By a timetable that does not wait for answers. */
async function flood(pool: Pool, everyMs: number, forMs: number): Promise<Timed[]> {
  const startMs = performance.now()
  const sent: Promise<Timed>[] = []
  for (let plannedMs = 0; plannedMs < forMs; plannedMs += everyMs) {
    await sleep(Math.max(0, startMs + plannedMs - performance.now()))
    sent.push(work(pool))
  }
  return Promise.all(sent)
}

function p99(times: readonly Timed[]): number {
  const sorted = times.map(({ elapsedMs }) => elapsedMs).toSorted((one, other) => one - other)
  return sorted[Math.ceil(0.99 * sorted.length) - 1] ?? Number.NaN
}

test('what is accepted takes at most twice as long as in calm, and the rest is refused within 10 ms', async () => {
  // As the guide says: half of what a run takes, and no room for bursts.
  const options = { queueTargetMs: workMs / 2, burstMs: 0, hosts, spares: 0 }
  await using pool = await createPool({ engine: testEngine(), ...options })
  const seen: string[] = []
  // A machine that is busy with other things may be late with the timers of one round.
  for (let round = 0; round < 5; round += 1) {
    const calm = await unhurried(pool, 20)
    assert.deepEqual(new Set(calm.map(({ report }) => report.outcome.status)), new Set(['ok']))
    const all = await flood(pool, workMs / hosts / 4, 1_000)
    const taken = all.filter(({ report: { outcome } }) => outcome.status === 'ok')
    const refused = all.filter(({ report: { outcome } }) => outcome.status === 'refused')
    assert.equal(taken.length + refused.length, all.length)
    assert.ok(taken.length > 10 && refused.length > all.length / 2, `${taken.length} of ${all.length} were taken`)
    for (const { report } of refused) assert.ok('retryAfterMs' in report.outcome && report.outcome.retryAfterMs > 0)
    const figures = [p99(calm), p99(taken), p99(refused)]
    seen.push(figures.map((ms) => ms.toFixed(1)).join(', '))
    if (p99(taken) <= 2 * p99(calm) && p99(refused) < 10) return
  }
  assert.fail(`p99 in calm, of what was taken, of what was refused, in milliseconds: ${seen.join('; ')}`)
})

test('with room for bursts the first callers wait, and later ones do not', async () => {
  await using pool = await createPool({ engine: testEngine(), hosts: 1, spares: 0, queueTargetMs: workMs / 2 })
  await unhurried(pool, 4)
  const burst = Array.from({ length: 10 }, () => work(pool))
  await Promise.all(burst.slice(0, 4))
  assert.equal((await work(pool)).report.outcome.status, 'refused')
  const ends = await Promise.all(burst)
  assert.deepEqual(new Set(ends.map(({ report }) => report.outcome.status)), new Set(['ok']))
})
