import { randomUUID } from 'node:crypto'
import { labVersion } from '../util/lab-version.ts'
import { LabError } from '../errors/lab-error.ts'
import type { RunLoad } from '../load/run-load.ts'
import { machineFacts } from '../measure/machine-facts.ts'
import { addCounts, addHistograms, sum } from '../merge/add.ts'
import { calibrate } from '../stats/calibration.ts'
import type { BurstPlan } from './burst.ts'
import { comparisonCaveats } from './comparison-caveats.ts'
import type { ComparisonResult, ComparisonSettings, MetricCalibration, VariantFacts } from './comparison-result.ts'
import { judgeMetrics, pairedMetrics, type RawMetric } from './metrics.ts'
import { overallVerdict } from './overall-verdict.ts'
import { runBlocks, type BlocksOutcome, type MeasuredBlock } from './run-blocks.ts'
import type { Side } from './side.ts'

export interface CompareOptions {
  readonly name: string
  readonly a: Side
  readonly b: Side
  readonly plan: BurstPlan
  readonly settings: ComparisonSettings
  /** Both sides are the same: the comparison judges the machine. */
  readonly isCalibration: boolean
  readonly runLoad: RunLoad
  readonly signal: AbortSignal
  readonly onBlock?: (block: MeasuredBlock, done: number) => void
}

/**
 * Compares two servers block by block. Servers that it started are ended when it is done, also when it fails or is stopped; what
 * was measured until then is judged.
 */
export async function compareServers(options: CompareOptions): Promise<ComparisonResult> {
  const startedAtEpochMs = Date.now()
  const outcome = await runBlocks({ ...options, onBlock: options.onBlock ?? (() => undefined) })
  if (outcome.measured.length === 0)
    throw new LabError('EK_LAB_COMPARE', 'The comparison was stopped before its first block was done')
  return describe(options, outcome, startedAtEpochMs)
}

function describe(options: CompareOptions, outcome: BlocksOutcome, startedAtEpochMs: number): ComparisonResult {
  const { settings } = options
  const blocks = outcome.measured.map(({ block }) => block)
  const raw = pairedMetrics(blocks, settings)
  const metrics = judgeMetrics(raw, settings.marginShare)
  const bursts = blocks.flatMap((block) => [block.a, block.b])
  const failures = (side: 'a' | 'b') => ({
    failed: sum(blocks.map((block) => block[side].failed)),
    total: sum(blocks.map((block) => block[side].requests)),
    codes: addCounts(outcome.measured.map((block) => block[side].result.codes)),
  })
  return {
    format: 'evenkeel-lab-comparison',
    version: 1,
    id: randomUUID(),
    name: options.name,
    status: outcome.isInterrupted ? 'partial' : 'complete',
    mode: 'blocks',
    startedAtEpochMs,
    durationMs: Date.now() - startedAtEpochMs,
    labVersion: labVersion(),
    machine: machineFacts(),
    settings: { ...settings, blocks: blocks.length },
    a: variantFacts(options.a, outcome.measured, 'a', outcome.targets.a),
    b: variantFacts(options.b, outcome.measured, 'b', outcome.targets.b),
    blocks,
    metrics,
    verdict: overallVerdict({
      metrics,
      failures: { a: failures('a'), b: failures('b') },
      limitedShare: bursts.filter((burst) => burst.generator === 'limited').length / bursts.length,
    }),
    ...(options.isCalibration ? { calibrations: calibrations(raw, settings) } : {}),
    caveats: comparisonCaveats({
      settings,
      blocks,
      metrics: raw,
      isInterrupted: outcome.isInterrupted,
      sides: { a: options.a.facts, b: options.b.facts },
    }),
  }
}

function variantFacts(side: Side, measured: readonly MeasuredBlock[], name: 'a' | 'b', target: string): VariantFacts {
  const results = measured.map((block) => block[name].result)
  return {
    ...side.facts,
    target,
    requests: sum(measured.map(({ block }) => block[name].requests)),
    failed: sum(measured.map(({ block }) => block[name].failed)),
    codes: addCounts(results.map((result) => result.codes)),
    latency: addHistograms(results.map((result) => result.latency.latency)),
    service: addHistograms(results.map((result) => result.latency.service)),
  }
}

function calibrations(raw: readonly RawMetric[], settings: ComparisonSettings): MetricCalibration[] {
  return raw
    .filter((metric) => metric.role === 'headline')
    .map((metric) => {
      const ratios = metric.a.map((a, index) => Math.log((metric.b[index] ?? a) / a))
      const { marginShare, seed } = settings
      return { metric: metric.kind.name, ...calibrate(ratios, { marginShare, seed }) }
    })
}
