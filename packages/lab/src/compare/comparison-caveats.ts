import { median } from '../stats/summary.ts'
import type { ComparisonBlock, ComparisonSettings, VariantFacts } from './comparison-result.ts'
import type { RawMetric } from './metrics.ts'
import type { SideName } from './server-pair.ts'
import { isStartedByLab } from './variant-spec.ts'

export interface CaveatFacts {
  readonly settings: ComparisonSettings
  readonly blocks: readonly ComparisonBlock[]
  readonly metrics: readonly RawMetric[]
  readonly isInterrupted: boolean
  readonly sides: Readonly<Record<SideName, Pick<VariantFacts, 'kind'>>>
}

/** What the reader must know before believing the figures. */
export function comparisonCaveats(facts: CaveatFacts): string[] {
  const { settings, blocks } = facts
  return [
    ...(facts.isInterrupted ? [`stopped after ${blocks.length} of ${settings.blocks} blocks`] : []),
    ...(blocks.length < 10 ? ['fewer than 10 blocks: the interval is wide, and one odd block weighs much'] : []),
    ...cpuCaveats(facts),
    ...percentileCaveats(facts),
    ...startCaveats(facts),
    ...warmUpCaveats(facts),
  ]
}

/** A process that lasts for all blocks is one draw of what starts differ by, however many blocks there are. */
function startCaveats({ settings, sides }: CaveatFacts): string[] {
  const kept = (['a', 'b'] as const).filter((name) => !settings.restart || !isStartedByLab(sides[name].kind))
  if (kept.length === 0) return []
  const who = kept.length === 2 ? 'each server was one process' : `${kept.join('').toUpperCase()} was one process`
  const remedy = kept.every((name) => isStartedByLab(sides[name].kind))
    ? 'without --no-restart it is sampled'
    : 'only servers that the lab starts (cmd:, git:, node:) can be started anew for each block'
  return [
    `${who} for all blocks: what a single start happened to give it (JIT, heap layout) is part of the difference; ${remedy}`,
  ]
}

/** From about here on the work of a request no longer depends much on how many came before it. */
const warmRequests = 500

function warmUpCaveats({ settings, blocks }: CaveatFacts): string[] {
  if (!settings.restart) return []
  const warmed = blocks.flatMap(({ warmUpRequests }) => Object.values(warmUpRequests ?? {}))
  if (warmed.length === 0)
    return [
      'each burst met a server that was just started: the figures are those of cold processes; --warm-up warms them',
    ]
  const typical = median(warmed)
  if (typical >= warmRequests) return []
  const advice =
    typical > 0
      ? `; --warm-up ${Math.ceil(((settings.warmUpMs ?? 0) * warmRequests) / typical / 1000)}s would give them ${warmRequests}`
      : ''
  return [
    `each burst met a server that had answered about ${Math.round(typical)} requests since its start: the figures are those of young processes${advice}`,
  ]
}

/** From here on the steps of the CPU clock are noise worth naming. */
const coarseStepShare = 0.05

function cpuCaveats({ blocks, metrics, settings }: CaveatFacts): string[] {
  const isMissing = !metrics.some((metric) => metric.kind.name === 'cpuPerRequest')
  const unknown = (['a', 'b'] as const).filter((name) => blocks.every((block) => block[name].cpuMs === undefined))
  if (unknown.length > 0 && isMissing) {
    const whose = unknown.length === 2 ? 'the servers' : unknown.join('').toUpperCase()
    return [`the CPU time of ${whose} is unknown: the steadier of the two measures is missing`]
  }
  const counted = blocks.flatMap(({ a, b }) => [a, b]).filter(({ cpuMs }) => cpuMs !== undefined)
  if (counted.length === 0) return []
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
