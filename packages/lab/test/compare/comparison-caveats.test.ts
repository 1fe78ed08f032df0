import { test } from 'node:test'
import assert from 'node:assert/strict'
import { comparisonCaveats, type CaveatFacts } from '../../src/compare/comparison-caveats.ts'
import type { BurstMeasure, ComparisonBlock, ComparisonSettings } from '../../src/compare/comparison-result.ts'
import { pairedMetrics } from '../../src/compare/metrics.ts'

const settings: ComparisonSettings = {
  blocks: 12,
  warmUpBlocks: 1,
  burstMs: 5000,
  connections: 10,
  script: { file: 'light.yml', usersPerSecond: 4 },
  marginShare: 0.02,
  confidence: 0.95,
  seed: 1,
  restart: true,
}

type CpuOf = (block: number) => Pick<BurstMeasure, 'cpuMs' | 'cpuStepMs'>

function caveats(ofA: CpuOf, ofB = ofA): string[] {
  const burst = (cpu: ReturnType<CpuOf>): BurstMeasure => {
    return {
      requests: 100,
      failed: 0,
      durationMs: 5000,
      requestRate: 20,
      p50Us: 1000,
      p95Us: 2000,
      generator: 'ok',
      ...cpu,
      ...(cpu.cpuMs === undefined ? {} : { cpuPerRequestUs: cpu.cpuMs * 10 }),
    }
  }
  const blocks: ComparisonBlock[] = Array.from({ length: 12 }, (_, index) => ({
    index,
    order: 'ab',
    startMs: index * 10_000,
    a: burst(ofA(index)),
    b: burst(ofB(index)),
    warmUpRequests: { a: 4000, b: 4000 },
  }))
  const metrics = pairedMetrics(blocks, settings)
  return comparisonCaveats({ settings, blocks, metrics, isInterrupted: false, sides: ours })
}

const ours = { a: { kind: 'command' }, b: { kind: 'commit' } } as const
const theirs = { kind: 'url' } as const

test('bursts that are light beside the steps of the CPU clock are named, with the burst that would do', () => {
  const [light, ...others] = caveats((block) => ({ cpuMs: block % 2 === 0 ? 40 : 50, cpuStepMs: 10 }))
  assert.match(
    light ?? '',
    /costs a server about 45 ms of CPU time, .* steps of 10 ms: too light .*--burst 23s would do/,
  )
  assert.deepEqual(others, [])
})

test('bursts in which the CPU clock did not move leave no CPU metric, and the reason is said', () => {
  const [light] = caveats(() => ({ cpuMs: 0, cpuStepMs: 10 }))
  assert.match(light ?? '', /about 0 ms of CPU time, .*too light for CPU time per request$/)
})

test('exact clocks, and bursts of many steps, need no warning', () => {
  assert.deepEqual(
    caveats(() => ({ cpuMs: 4.2, cpuStepMs: 0 })),
    [],
  )
  assert.deepEqual(
    caveats(() => ({ cpuMs: 900, cpuStepMs: 10 })),
    [],
  )
})

test('a server whose process is not known is said to be unmeasured, and which of the two', () => {
  assert.match(caveats(() => ({}))[0] ?? '', /CPU time of the servers is unknown/)
  const [said, ...others] = caveats(
    () => ({}),
    () => ({ cpuMs: 25, cpuStepMs: 0 }),
  )
  assert.match(said ?? '', /CPU time of A is unknown/)
  assert.deepEqual(others, [])
})

interface Starts {
  readonly restart: boolean
  readonly sides?: CaveatFacts['sides']
  readonly warmUpMs?: number
  readonly warmUpRequests?: ComparisonBlock['warmUpRequests']
}

function startCaveats({ restart, sides = ours, warmUpMs = 1000, warmUpRequests }: Starts): string[] {
  const burst = {
    requests: 100,
    failed: 0,
    durationMs: 5000,
    requestRate: 20,
    generator: 'ok',
    cpuMs: 900,
    cpuStepMs: 0,
  } as const
  const blocks = Array.from({ length: 12 }, (_, index): ComparisonBlock => {
    const warmed = warmUpRequests === undefined ? {} : { warmUpRequests }
    return {
      index,
      order: 'ab',
      startMs: 0,
      a: { ...burst, cpuPerRequestUs: 9 },
      b: { ...burst, cpuPerRequestUs: 9 },
      ...warmed,
    }
  })
  const { script: _script, ...ofRequest } = settings
  const changed = { ...ofRequest, restart, warmUpMs }
  return comparisonCaveats({
    settings: changed,
    blocks,
    metrics: pairedMetrics(blocks, changed),
    isInterrupted: false,
    sides,
  })
}

test('a process that lasts for all blocks is named with its side, and with what would sample its start', () => {
  assert.deepEqual(startCaveats({ restart: true, warmUpRequests: { a: 5000, b: 5000 } }), [])
  assert.match(
    startCaveats({ restart: false }).join('|'),
    /^each server was one process for all blocks: .*; without --no-restart it is sampled$/,
  )
  assert.match(
    startCaveats({ restart: false, sides: { a: theirs, b: theirs } }).join('|'),
    /^each server was one process .*; only servers that the lab starts \(cmd:, git:, node:\) can be started anew/,
  )
  assert.match(
    startCaveats({ restart: true, sides: { ...ours, b: theirs }, warmUpRequests: { a: 5000 } }).join('|'),
    /^B was one process for all blocks: .*; only servers that the lab starts/,
  )
})

test('servers that were started anew and hardly warmed are said to be young, with the warm-up that would do', () => {
  assert.match(
    startCaveats({ restart: true, warmUpRequests: { a: 90, b: 110 } }).join('|'),
    /^each burst met a server that had answered about 100 requests since its start: .*; --warm-up 5s would give them 500$/,
  )
  assert.match(
    startCaveats({ restart: true, warmUpMs: 0 }).join('|'),
    /^each burst met a server that was just started: .*cold/,
  )
  assert.match(
    startCaveats({ restart: true, warmUpRequests: { a: 0, b: 0 } }).join('|'),
    /about 0 requests since its start: [^;]*$/,
  )
})
