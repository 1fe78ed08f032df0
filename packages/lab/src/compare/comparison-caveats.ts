import { median } from '../stats/summary.ts'
import type { ComparisonBlock, ComparisonSettings } from './comparison-result.ts'
import type { RawMetric } from './metrics.ts'

export interface CaveatFacts {
  readonly settings: ComparisonSettings
  readonly blocks: readonly ComparisonBlock[]
  readonly metrics: readonly RawMetric[]
  readonly isInterrupted: boolean
  /** Whether the comparison started at least one of the two servers. */
  readonly hasOwnServers: boolean
}

/** What the reader must know before believing the figures. */
export function comparisonCaveats(facts: CaveatFacts): string[] {
  const { settings, blocks } = facts
  return [
    ...(facts.isInterrupted ? [`stopped after ${blocks.length} of ${settings.blocks} blocks`] : []),
    ...(blocks.length < 10 ? ['fewer than 10 blocks: the interval is wide, and one odd block weighs much'] : []),
    ...cpuCaveats(facts),
    ...percentileCaveats(facts),
    ...(settings.restart || !facts.hasOwnServers
      ? []
      : [
          'each server was one process for all blocks: what a single start happened to give it (JIT, heap layout) is part of the difference; --restart samples it',
        ]),
  ]
}

/** From here on the steps of the CPU clock are noise worth naming. */
const coarseStepShare = 0.05

function cpuCaveats({ blocks, metrics, settings }: CaveatFacts): string[] {
  const isMissing = !metrics.some((metric) => metric.kind.name === 'cpuPerRequest')
  const counted = blocks.flatMap(({ a, b }) => [a, b]).filter(({ cpuMs }) => cpuMs !== undefined)
  if (counted.length === 0)
    return isMissing ? ['the CPU time of the servers is unknown: the steadier of the two measures is missing'] : []
  const cpuMs = median(counted.map((burst) => burst.cpuMs ?? 0))
  const stepMs = median(counted.map((burst) => burst.cpuStepMs ?? 0))
  if (stepMs <= cpuMs * coarseStepShare && !isMissing) return []
  const wantedMs = stepMs / coarseStepShare
  const advice =
    cpuMs > 0 ? `; --burst ${Math.ceil((settings.burstMs * wantedMs) / cpuMs / 1000)}s would do, or more load` : ''
  return [
    `a burst costs a server about ${Math.round(cpuMs)} ms of CPU time, which is counted in steps of ${stepMs} ms: too light for CPU time per request${advice}`,
  ]
}

function percentileCaveats({ metrics, settings }: CaveatFacts): string[] {
  const hasP95 = metrics.some(({ kind, endpoint }) => kind.name === 'latencyP95' && endpoint === undefined)
  return settings.script === undefined || hasP95
    ? []
    : ['some bursts had too few requests for a p95: make --burst longer or --rate higher']
}
