import { test } from 'node:test'
import assert from 'node:assert/strict'
import { requestPlan } from '../../src/index.ts'
import { compareServers } from '../../src/compare/compare-servers.ts'
import type { BurstMeasure, ComparisonBlock } from '../../src/compare/comparison-result.ts'
import { judgeMetrics, pairedMetrics } from '../../src/compare/metrics.ts'
import { overallVerdict } from '../../src/compare/overall-verdict.ts'
import { createRandom, type Random, type VerdictStatus } from '../../src/stats.ts'
import { sampleSettings } from '../support/sample-comparison.ts'
import { ScriptedSide, scriptedLoad } from '../support/scripted-load.ts'

/** Simulated comparisons, each as the lab would judge it: two headline metrics, corrected for being two. */
const experiments = 1000

interface World {
  /** How much longer B works than A: 1 is the same server. */
  readonly ratio: number
  readonly restart: boolean
  /** Spread from one start of a process to the next, as a share: JIT, heap layout. */
  readonly startSpread: number
  readonly blocks: number
}

/** Noise of a shared machine: bursts differ by a tenth, one in thirty by a half, and the whole drifts. CPU time is steadier. */
function burstOf(work: number, drift: number, random: Random): BurstMeasure {
  const struck = random.next() < 1 / 30 ? 0.5 : 0
  const cpuPerRequestUs = 100 * work * Math.exp(0.03 * random.normal() + 0.1 * struck)
  const requestRate = (5000 / work) * Math.exp(drift + 0.1 * random.normal() - struck)
  return { requests: 5000, failed: 0, durationMs: 1000, requestRate, cpuPerRequestUs, generator: 'ok' }
}

function blocksOf({ ratio, restart, startSpread, blocks }: World, random: Random): ComparisonBlock[] {
  const start = (): number => Math.exp(startSpread * random.normal())
  let started = { a: start(), b: start() }
  let drift = 0
  return Array.from({ length: blocks }, (_, index) => {
    if (restart && index > 0) started = { a: start(), b: start() }
    drift += 0.1 * random.normal()
    const order = random.next() < 0.5 ? 'ab' : 'ba'
    // Who goes first meets a machine that rested.
    const first = { a: order === 'ab' ? 0.05 : 0, b: order === 'ba' ? 0.05 : 0 }
    return {
      index,
      order,
      startMs: index * 4000,
      a: burstOf(started.a, drift + first.a, random),
      b: burstOf(started.b * ratio, drift + first.b, random),
    }
  })
}

function verdictOf(world: World, random: Random): VerdictStatus {
  const blocks = blocksOf(world, random)
  const settings = { ...sampleSettings, blocks: world.blocks, restart: world.restart }
  const none = { failed: 0, total: world.blocks * 5000, codes: {} }
  return overallVerdict({
    metrics: judgeMetrics(pairedMetrics(blocks, settings), settings.marginShare),
    failures: { a: none, b: none },
    limitedShare: 0,
  }).status
}

/** Share of the experiments that end with one of the verdicts. */
function shareOf(statuses: readonly VerdictStatus[], world: World): number {
  const random = createRandom(world.blocks * 1000 + (world.restart ? 1 : 0) + Math.round(world.startSpread * 100))
  let hits = 0
  for (let experiment = 0; experiment < experiments; experiment++)
    if (statuses.includes(verdictOf(world, random))) hits++
  return hits / experiments
}

const called: readonly VerdictStatus[] = ['faster', 'slower']

for (const blocks of [8, 12, 20, 40]) {
  test(`${blocks} blocks with a start each call equal servers different in at most 6 % of ${experiments} comparisons, however starts differ`, () => {
    for (const startSpread of [0, 0.05, 0.15]) {
      const share = shareOf(called, { ratio: 1, restart: true, startSpread, blocks })
      assert.ok(share <= 0.06, `starts differ by ${startSpread}: ${share}`)
    }
  })

  test(`${blocks} blocks of one start call equal servers different in at most 6 % of ${experiments} comparisons when starts do not differ`, () => {
    const share = shareOf(called, { ratio: 1, restart: false, startSpread: 0, blocks })
    assert.ok(share <= 0.06, `${share}`)
  })
}

test('one start turns the spread of starts into false alarms, which more blocks make worse: why starts are sampled', () => {
  const world = { ratio: 1, restart: false, startSpread: 0.05 } as const
  const few = shareOf(called, { ...world, blocks: 12 })
  const many = shareOf(called, { ...world, blocks: 40 })
  assert.ok(few > 0.3, `12 blocks: ${few}`)
  assert.ok(many > few, `12 blocks: ${few}, 40 blocks: ${many}`)
})

for (const restart of [true, false])
  test(`20 % more work is called slower in at least 95 % of ${experiments} comparisons of 20 blocks, ${restart ? 'with a start each' : 'of one start'}`, () => {
    for (const startSpread of [0, 0.05]) {
      const share = shareOf(['slower'], { ratio: 1.2, restart, startSpread, blocks: 20 })
      assert.ok(share >= 0.95, `starts differ by ${startSpread}: ${share}`)
    }
  })

test('with a start each, 20 % more work is never called faster', () => {
  assert.equal(shareOf(['faster'], { ratio: 1.2, restart: true, startSpread: 0.05, blocks: 12 }), 0)
})

/** The same from end to end: blocks, starts and order as the comparison itself makes them. */
async function compared(ratio: number, restart: boolean, seed: number): Promise<VerdictStatus> {
  const random = createRandom(seed)
  const work: Record<string, number> = {}
  const side = (label: string, own: number): ScriptedSide => {
    const made = new ScriptedSide(label)
    made.onStart = () => (work[`http://${label}`] = own * Math.exp(0.08 * random.normal()))
    return made
  }
  const comparison = await compareServers({
    name: 'simulated',
    a: side('a', 1),
    b: side('b', ratio),
    plan: { ...requestPlan({ url: '' }), durationMs: 1000 },
    settings: { ...sampleSettings, blocks: 10, restart, seed, warmUpMs: 100 },
    isCalibration: false,
    runLoad: scriptedLoad((url) => ({ requestRate: (1000 / (work[url] ?? 1)) * Math.exp(0.05 * random.normal()) })),
    signal: new AbortController().signal,
  })
  return comparison.verdict.status
}

test('whole comparisons of servers whose starts differ: with a start for each block silent about equal ones, and 20 % is found', async () => {
  const tries = 24
  const count = async (ratio: number, restart: boolean): Promise<number> => {
    let hits = 0
    for (let seed = 1; seed <= tries; seed++) if (called.includes(await compared(ratio, restart, seed * 7919))) hits++
    return hits
  }
  const alarms = await count(1, true)
  const alarmsOfOneStart = await count(1, false)
  // More than 4 of 24 come by chance once in a hundred and fifty.
  assert.ok(alarms <= 4, `${alarms} of ${tries}`)
  assert.ok(
    alarmsOfOneStart > 3 * alarms,
    `${alarmsOfOneStart} of ${tries} with one start, ${alarms} with a start each`,
  )
  assert.ok((await count(1.2, true)) >= tries * 0.9)
})
