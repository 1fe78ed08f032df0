import { compareServers } from '../../src/compare/compare-servers.ts'
import type { ComparisonResult, ComparisonSettings } from '../../src/compare/comparison-result.ts'
import { requestPlan } from '../../src/index.ts'
import { createRandom } from '../../src/stats.ts'
import { ScriptedSide, scriptedLoad } from './scripted-load.ts'

/** Of comparisons whose loads are made up. */
export const sampleSettings: Omit<ComparisonSettings, 'blocks' | 'restart'> = {
  warmUpBlocks: 0,
  burstMs: 1000,
  connections: 10,
  marginShare: 0.02,
  confidence: 0.95,
  seed: 1,
}

/** A comparison in which B answers `ratio` times as many requests as A. */
export function sampleComparison(ratio = 0.8, changes: Partial<ComparisonSettings> = {}): Promise<ComparisonResult> {
  const random = createRandom(3)
  return compareServers({
    name: 'Before and after',
    a: new ScriptedSide('before'),
    b: new ScriptedSide('after'),
    plan: { ...requestPlan({ url: '' }), durationMs: 1000 },
    settings: {
      ...sampleSettings,
      blocks: 20,
      restart: false,
      ...changes,
    },
    isCalibration: false,
    runLoad: scriptedLoad((url) => ({
      requestRate: 1000 * Math.exp(0.05 * random.normal()) * (url === 'http://after' ? ratio : 1),
    })),
    signal: new AbortController().signal,
  })
}
