import { createHash } from 'node:crypto'
import { LabError } from '../errors/lab-error.ts'
import type { LabResult } from '../result/lab-result.ts'
import type { ResultMeta, ResultPlan } from '../result/result-plan.ts'
import { addCounts, addFields, sum } from './add.ts'
import { mergeHealth } from './merge-health.ts'
import {
  mergeChecks,
  mergeCustom,
  mergeEndpoints,
  mergeErrors,
  mergeLatency,
  mergeMarkers,
  mergePhases,
  mergeScenarios,
  type ShiftedResult,
} from './merge-parts.ts'
import { mergeSeries } from './merge-series.ts'

/**
 * One result of what several generators measured. Counters and histogram buckets add up, so its percentiles are exactly those of
 * all samples together. The time axis begins with the earliest start.
 * @throws LabError `EK_LAB_MERGE` for none, or for one result given twice: it would be counted twice.
 */
export function mergeResults(results: readonly LabResult[]): LabResult {
  const first = results[0]
  if (first === undefined) throw new LabError('EK_LAB_MERGE', 'There is no result to merge')
  refuseTwins(results)
  const startedAtEpochMs = Math.min(...results.map((result) => result.meta.startedAtEpochMs))
  const shifted = results.map((result) => ({ result, offsetMs: result.meta.startedAtEpochMs - startedAtEpochMs }))
  const partial = results.filter((result) => result.status === 'partial')
  const server = results.find((result) => result.server !== undefined)?.server
  const suggestedExitCode = results.find((result) => result.suggestedExitCode !== undefined)?.suggestedExitCode
  return {
    format: first.format,
    version: first.version,
    id: mergedId(results),
    status: partial.length > 0 ? 'partial' : 'complete',
    ...(partial.length > 0 ? { partialReason: partialReason(results, partial) } : {}),
    meta: mergeMeta(shifted, startedAtEpochMs),
    plan: mergePlan(results, first.plan),
    phases: mergePhases(shifted),
    scenarios: mergeScenarios(results.flatMap((result) => result.scenarios)),
    users: addFields(results.map((result) => result.users)),
    requests: addFields(results.map((result) => result.requests)),
    counters: addCounts(results.map((result) => result.counters)),
    codes: addCounts(results.map((result) => result.codes)),
    errors: mergeErrors(shifted),
    latency: mergeLatency(results.map((result) => result.latency)),
    custom: mergeCustom(results.map((result) => result.custom)),
    endpoints: mergeEndpoints(results.flatMap((result) => result.endpoints)),
    series: mergeSeries(shifted.map(({ result, offsetMs }) => ({ series: result.series, offsetMs }))),
    generator: mergeHealth(shifted),
    ...(server === undefined ? {} : { server }),
    ...(suggestedExitCode === undefined ? {} : { suggestedExitCode }),
    markers: mergeMarkers(shifted),
    checks: mergeChecks(results.map((result) => result.checks)),
    warnings: [...new Set([...results.flatMap((result) => result.warnings), ...mergeWarnings(shifted)])],
  }
}

function refuseTwins(results: readonly LabResult[]): void {
  const ids = results.map((result) => result.id)
  const twin = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twin === undefined) return
  throw new LabError('EK_LAB_MERGE', `The result "${twin}" was given twice and would be counted twice`)
}

/** The same results merged in any order have the same id. */
function mergedId(results: readonly LabResult[]): string {
  const ids = results.map((result) => result.id).toSorted()
  return `merged-${createHash('sha256').update(ids.join('\n')).digest('hex').slice(0, 16)}`
}

function partialReason(results: readonly LabResult[], partial: readonly LabResult[]): string {
  const reasons = [...new Set(partial.map((result) => result.partialReason ?? 'no reason was recorded'))]
  return `${partial.length} of ${results.length} generators: ${reasons.join('; ')}`
}

function mergeMeta(shifted: readonly ShiftedResult[], startedAtEpochMs: number): ResultMeta {
  const metas = shifted.map(({ result }) => result.meta)
  const first = metas[0] as ResultMeta
  const labels = Object.entries(first.labels).filter(([name, value]) =>
    metas.every((meta) => meta.labels[name] === value),
  )
  return {
    ...first,
    startedAtEpochMs,
    durationMs: Math.max(...shifted.map(({ result, offsetMs }) => offsetMs + result.meta.durationMs)),
    generators: metas.flatMap((meta) => meta.generators),
    labels: Object.fromEntries(labels),
  }
}

/**
 * A generator that sends a share still states the whole plan, so that the plan of n shares counts for one. Runs that were made apart
 * each have a plan of their own, and those add up.
 */
function mergePlan(results: readonly LabResult[], first: ResultPlan): ResultPlan {
  const total = (pick: (plan: ResultPlan) => number | undefined): number =>
    Math.round(sum(results.map((result) => (pick(result.plan) ?? 0) * wholePlans(result))))
  return {
    ...first,
    phases: first.phases.map((phase, index) => ({ ...phase, arrivals: total((plan) => plan.phases[index]?.arrivals) })),
    intendedArrivals: total((plan) => plan.intendedArrivals),
    ...(first.connections === undefined ? {} : { connections: total((plan) => plan.connections) }),
    ...(first.requestRate === undefined ? {} : { requestRate: total((plan) => plan.requestRate) }),
  }
}

/** How much of its plan a result stands for: one half for one of two shares. */
function wholePlans({ meta }: LabResult): number {
  return Math.min(1, sum(meta.generators.map((generator) => 1 / generator.shareCount)))
}

/** Merging is arithmetic and always possible; whether the sum means anything is for the reader, who must know. */
function mergeWarnings(shifted: readonly ShiftedResult[]): string[] {
  const results = shifted.map(({ result }) => result)
  const differing = (pick: (result: LabResult) => string | undefined): string[] => [
    ...new Set(results.map((result) => pick(result) ?? 'none')),
  ]
  const warnings: string[] = []
  const compare = (what: string, values: readonly string[]): void => {
    if (values.length > 1) warnings.push(`Merged results have different ${what}: ${values.join(', ')}`)
  }
  compare(
    'targets',
    differing((result) => result.plan.target),
  )
  compare(
    'scripts',
    differing((result) => result.plan.scriptFile),
  )
  compare(
    'lab versions',
    differing((result) => result.meta.labVersion),
  )
  compare(
    'Node versions',
    differing((result) => result.meta.versions['node']),
  )
  const latest = Math.max(...shifted.map(({ offsetMs }) => offsetMs))
  if (latest > 2000)
    warnings.push(`Merged runs did not start together: the last one ${Math.round(latest / 1000)} s after the first`)
  return warnings
}
