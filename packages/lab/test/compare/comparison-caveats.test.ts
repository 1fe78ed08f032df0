import { test } from 'node:test'
import assert from 'node:assert/strict'
import { comparisonCaveats } from '../../src/compare/comparison-caveats.ts'
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

function caveats(cpuOf: (block: number) => Pick<BurstMeasure, 'cpuMs' | 'cpuStepMs'>): string[] {
  const burst = (block: number): BurstMeasure => {
    const cpu = cpuOf(block)
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
    a: burst(index),
    b: burst(index),
  }))
  const metrics = pairedMetrics(blocks, settings)
  return comparisonCaveats({ settings, blocks, metrics, isInterrupted: false, hasOwnServers: true })
}

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

test('a server whose process is not known is said to be unmeasured', () => {
  assert.match(caveats(() => ({}))[0] ?? '', /CPU time of the servers is unknown/)
})
