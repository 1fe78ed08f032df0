import { createHash } from 'node:crypto'
import { labVersion } from '../util/lab-version.ts'
import { LabError } from '../errors/lab-error.ts'
import { machineFacts } from '../measure/machine-facts.ts'
import { addCounts, addHistograms, sum } from '../merge/add.ts'
import type { LabResult } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { isPercentileSupported } from '../result/percentile-support.ts'
import { effectiveCount, summarize, type Summary } from '../stats/summary.ts'
import { welchEstimate } from '../stats/welch.ts'
import type { ComparisonResult, MetricName, VariantFacts } from './comparison-result.ts'
import { judgeMetrics, metricKinds, type RawMetric } from './metrics.ts'
import { overallVerdict, type SideFailures } from './overall-verdict.ts'

export interface StoredSide {
  readonly label: string
  readonly source: string
  /** One or more runs of the same plan. */
  readonly runs: readonly LabResult[]
}

export interface CompareResultsOptions {
  readonly name: string
  readonly a: StoredSide
  readonly b: StoredSide
  readonly marginShare: number
  readonly confidence: number
}

/**
 * How far two runs of the same server, made one after the other, differ on a shared machine: 9.6 % at the median in our
 * measurement (docs/decisions/177). With a single run on a side nothing in the files tells this spread, so it is added.
 */
const spreadBetweenRuns = 0.1

/**
 * Compares runs that were made apart. With several runs on both sides a run is one observation. With a single run its slices of
 * time are, counted for as many as they are worth, and the interval is widened by what two days alone may differ.
 */
export function compareResults(options: CompareResultsOptions): ComparisonResult {
  const { a, b, marginShare } = options
  if (a.runs.length === 0 || b.runs.length === 0)
    throw new LabError('EK_LAB_COMPARE', 'A comparison of results needs at least one on each side')
  const raw = metricKinds.flatMap((kind) => metricOf(kind.name, options) ?? [])
  const metrics = judgeMetrics(raw, marginShare)
  const runs = [...a.runs, ...b.runs]
  const starts = runs.map((run) => run.meta.startedAtEpochMs)
  return {
    format: 'evenkeel-lab-comparison',
    version: 1,
    id: createHash('sha256')
      .update(runs.map((run) => run.id).join('\n'))
      .digest('hex')
      .slice(0, 32),
    name: options.name,
    status: 'complete',
    mode: 'results',
    startedAtEpochMs: Math.min(...starts),
    durationMs: Math.max(...runs.map((run) => run.meta.startedAtEpochMs + run.meta.durationMs)) - Math.min(...starts),
    labVersion: labVersion(),
    machine: a.runs[0]?.meta.machine ?? machineFacts(),
    settings: settingsOf(options, runs),
    a: factsOf(a),
    b: factsOf(b),
    blocks: [],
    metrics,
    verdict: overallVerdict({
      metrics,
      failures: { a: failuresOf(a.runs), b: failuresOf(b.runs) },
      limitedShare: runs.filter((run) => run.generator.verdict === 'limited').length / runs.length,
    }),
    caveats: caveats(options),
  }
}

function metricOf(name: MetricName, options: CompareResultsOptions): RawMetric | undefined {
  const kind = metricKinds.find((each) => each.name === name)
  const isOpen = options.a.runs[0]?.plan.model === 'open'
  // At a planned rate the rate is no measurement.
  if (kind === undefined || name === 'peakRss' || (isOpen && name === 'requestRate')) return undefined
  const a = summaryOf(name, options.a.runs)
  const b = summaryOf(name, options.b.runs)
  if (a === undefined || b === undefined || a.summary.mean <= 0 || b.summary.mean <= 0) return undefined
  const role = isHeadlineOf(name, isOpen) ? 'headline' : 'secondary'
  return { kind, role, a: a.values, b: b.values, estimate: welchEstimate(a.summary, b.summary, options.confidence) }
}

function isHeadlineOf(name: MetricName, isOpen: boolean): boolean {
  return name === 'cpuPerRequest' || (isOpen ? name === 'latencyP50' || name === 'latencyP95' : name === 'requestRate')
}

interface Sample {
  readonly values: readonly number[]
  readonly summary: Summary
}

function summaryOf(name: MetricName, runs: readonly LabResult[]): Sample | undefined {
  const only = runs.length === 1 ? runs[0] : undefined
  if (only !== undefined) return singleRun(name, only)
  const values = runs.map((run) => wholeRun(name, run)).filter((value) => value !== undefined)
  return values.length < runs.length ? undefined : { values, summary: summarize(values) }
}

/** The mean is known as well as the slices tell it; the run itself is one draw from all the days it might have been. */
function singleRun(name: MetricName, run: LabResult): Sample | undefined {
  const values = slices(name, run)
  if (values.length < 6) return undefined
  const { mean, deviation } = summarize(values)
  const count = Math.max(2, effectiveCount(values))
  const within = deviation ** 2 / count
  const variance = within + (spreadBetweenRuns * mean) ** 2
  return { values, summary: { mean, deviation: Math.sqrt(variance * count), count } }
}

function wholeRun(name: MetricName, run: LabResult): number | undefined {
  if (name === 'requestRate') return (run.requests.responses * 1000) / Math.max(1, run.meta.durationMs)
  if (name === 'cpuPerRequest')
    return run.server === undefined ? undefined : (run.server.cpuMs * 1000) / Math.max(1, run.requests.responses)
  return percentileOf(name, LatencyHistogram.decode(run.latency.latency))
}

const percents: Readonly<Partial<Record<MetricName, number>>> = { latencyP50: 50, latencyP95: 95, latencyP99: 99 }

function percentileOf(name: MetricName, histogram: LatencyHistogram): number | undefined {
  const percent = percents[name]
  if (percent === undefined || !isPercentileSupported(percent, histogram.count)) return undefined
  return histogram.percentile(percent)
}

/** At most this many slices of a run are looked at; wider ones hold enough samples for a percentile. */
const mostSlices = 20

function slices(name: MetricName, run: LabResult): number[] {
  const { bins, binMs } = run.series
  const size = Math.max(1, Math.ceil(bins.length / mostSlices))
  // The last slice is cut off by the end of the run.
  const groups = Array.from({ length: Math.floor(bins.length / size) }, (_, index) =>
    bins.slice(index * size, (index + 1) * size),
  )
  if (name === 'requestRate')
    return groups.map((group) => (sum(group.map((bin) => bin.responses)) * 1000) / (binMs * group.length))
  if (name === 'cpuPerRequest') return cpuSlices(run, size * binMs)
  const values = groups.map((group) =>
    percentileOf(name, LatencyHistogram.merged(group.map((bin) => LatencyHistogram.decode(bin.latency)))),
  )
  const known = values.filter((value) => value !== undefined)
  return known.length === values.length ? known : []
}

function cpuSlices(run: LabResult, sliceMs: number): number[] {
  const samples = run.server?.samples ?? []
  const { bins, binMs } = run.series
  const count = Math.floor((bins.length * binMs) / sliceMs)
  const cpuAt = (ms: number): number | undefined => samples.findLast((sample) => sample.atMs <= ms)?.cpuMs
  return Array.from({ length: count }, (_, index) => {
    const from = cpuAt(index * sliceMs)
    const to = cpuAt((index + 1) * sliceMs)
    const inside = bins.filter((bin) => bin.startMs >= index * sliceMs && bin.startMs < (index + 1) * sliceMs)
    const responses = sum(inside.map((bin) => bin.responses))
    return from === undefined || to === undefined || responses === 0 ? undefined : ((to - from) * 1000) / responses
  }).filter((value) => value !== undefined)
}

function settingsOf(options: CompareResultsOptions, runs: readonly LabResult[]): ComparisonResult['settings'] {
  return {
    blocks: 0,
    warmUpBlocks: 0,
    burstMs: Math.max(...runs.map((run) => run.meta.durationMs)),
    connections: runs[0]?.plan.connections ?? 0,
    marginShare: options.marginShare,
    confidence: options.confidence,
    seed: 0,
    restart: false,
  }
}

function factsOf(side: StoredSide): VariantFacts {
  const first = side.runs[0] as LabResult
  return {
    label: side.label,
    kind: 'result',
    source: side.source,
    target: first.plan.target,
    versions: {
      lab: first.meta.labVersion,
      ...first.meta.labels,
      machine: `${first.meta.machine.hostname}, ${first.meta.machine.cpus} × ${first.meta.machine.cpuModel}`,
      runs: String(side.runs.length),
    },
    requests: sum(side.runs.map((run) => run.requests.sent)),
    failed: failuresOf(side.runs).failed,
    codes: addCounts(side.runs.map((run) => run.codes)),
    latency: addHistograms(side.runs.map((run) => run.latency.latency)),
    service: addHistograms(side.runs.map((run) => run.latency.service)),
  }
}

/** Requests without a complete answer, and answers that are errors of the server. A 4xx may be what a scenario expects. */
function failuresOf(runs: readonly LabResult[]): SideFailures {
  const serverErrors = (run: LabResult): number =>
    sum(Object.entries(run.codes).map(([code, count]) => (Number(code) >= 500 ? count : 0)))
  return {
    failed: sum(runs.map((run) => run.requests.failed + serverErrors(run))),
    total: sum(runs.map((run) => run.requests.sent)),
    codes: addCounts(runs.map((run) => run.codes)),
  }
}

function caveats({ a, b }: CompareResultsOptions): string[] {
  const runs = [...a.runs, ...b.runs]
  const differing = (what: string, pick: (run: LabResult) => string | undefined): string[] => {
    const values = [...new Set(runs.map((run) => pick(run) ?? 'none'))]
    return values.length > 1 ? [`different ${what}: ${values.join(' | ')}`] : []
  }
  const isSingle = a.runs.length === 1 || b.runs.length === 1
  return [
    'the sides were measured apart, not in turn: whatever else changed between the runs is part of the difference',
    ...(isSingle
      ? ['with a single run on a side the interval holds an allowance of 10 % for the difference between two days']
      : []),
    ...(!isSingle && Math.min(a.runs.length, b.runs.length) < 5 ? ['few runs on a side: the interval is wide'] : []),
    ...differing('machines', (run) => `${run.meta.machine.hostname}, ${run.meta.machine.cpuModel}`),
    ...differing('versions of the lab', (run) => run.meta.labVersion),
    ...differing('Node versions of the generator', (run) => run.meta.versions['node']),
    ...differing('scripts', (run) => run.plan.scriptFile),
    ...differing('load models', (run) => run.plan.model),
    ...differing('planned arrivals', (run) => String(run.plan.intendedArrivals)),
    ...runs.filter((run) => run.status === 'partial').map((run) => `the run ${run.id} is partial`),
    ...runs
      .filter((run) => run.generator.verdict !== 'ok')
      .map((run) => `the generator of run ${run.id} was ${run.generator.verdict}`),
  ]
}
