import { cliffsDelta } from '../stats/effect-size.ts'
import type { Estimate } from '../stats/estimate.ts'
import { holm } from '../stats/holm.ts'
import { signedRankEstimate } from '../stats/signed-rank.ts'
import { median } from '../stats/summary.ts'
import { judge } from '../stats/verdict.ts'
import type {
  BurstMeasure,
  ComparedMetric,
  ComparisonBlock,
  ComparisonSettings,
  MetricName,
} from './comparison-result.ts'

interface MetricKind {
  readonly name: MetricName
  readonly title: string
  readonly unit: ComparedMetric['unit']
  readonly direction: ComparedMetric['direction']
  /** Whether a generator at its limit spoils the figure. The server's own CPU time is right all the same. */
  readonly needsGenerator: boolean
  of(burst: BurstMeasure): number | undefined
}

export const metricKinds: readonly MetricKind[] = [
  {
    name: 'requestRate',
    title: 'Requests per second',
    unit: 'per-second',
    direction: 'higher-is-better',
    needsGenerator: true,
    of: (burst) => burst.requestRate,
  },
  {
    name: 'cpuPerRequest',
    title: 'Server CPU per request',
    unit: 'us',
    direction: 'lower-is-better',
    needsGenerator: false,
    of: (burst) => burst.cpuPerRequestUs,
  },
  {
    name: 'latencyP50',
    title: 'Median latency',
    unit: 'us',
    direction: 'lower-is-better',
    needsGenerator: true,
    of: (burst) => burst.p50Us,
  },
  {
    name: 'latencyP95',
    title: 'p95 latency',
    unit: 'us',
    direction: 'lower-is-better',
    needsGenerator: true,
    of: (burst) => burst.p95Us,
  },
  {
    name: 'latencyP99',
    title: 'p99 latency',
    unit: 'us',
    direction: 'lower-is-better',
    needsGenerator: true,
    of: (burst) => burst.p99Us,
  },
  {
    name: 'peakRss',
    title: 'Largest memory of the server',
    unit: 'bytes',
    direction: 'lower-is-better',
    needsGenerator: false,
    of: (burst) => burst.peakRssBytes,
  },
]

/** A metric before the correction for several metrics. */
export interface RawMetric {
  readonly kind: MetricKind
  readonly role: ComparedMetric['role']
  readonly endpoint?: string | undefined
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly estimate: Estimate
}

/** Every metric that all blocks have, estimated from their pairs: of the whole load first, then of each endpoint of a script. */
export function pairedMetrics(blocks: readonly ComparisonBlock[], settings: ComparisonSettings): RawMetric[] {
  const whole = metricKinds.flatMap((kind) => {
    if (!isMeaningful(kind.name, settings)) return []
    const role = isHeadline(kind.name, settings) ? 'headline' : 'secondary'
    return paired(blocks, (burst) => kind.of(burst), { kind, role, confidence: settings.confidence })
  })
  return [...whole, ...endpointsOf(blocks).flatMap((endpoint) => endpointMetrics(blocks, endpoint, settings))]
}

/** One endpoint is no endpoint: it would say again what the whole load says. */
function endpointsOf(blocks: readonly ComparisonBlock[]): readonly string[] {
  const names = new Set(blocks.flatMap(({ a, b }) => [a, b].flatMap((burst) => Object.keys(burst.endpoints ?? {}))))
  return names.size < 2 ? [] : [...names]
}

const endpointKinds: readonly MetricName[] = ['latencyP50', 'latencyP95']

function endpointMetrics(
  blocks: readonly ComparisonBlock[],
  endpoint: string,
  { confidence }: ComparisonSettings,
): RawMetric[] {
  return metricKinds
    .filter(({ name }) => endpointKinds.includes(name))
    .flatMap((kind) =>
      paired(
        blocks,
        ({ endpoints }) => (kind.name === 'latencyP50' ? endpoints?.[endpoint]?.p50Us : endpoints?.[endpoint]?.p95Us),
        { kind: { ...kind, title: `${kind.title} of ${endpoint}` }, endpoint, role: 'secondary', confidence },
      ),
    )
}

interface PairedMetric extends Pick<RawMetric, 'kind' | 'role' | 'endpoint'> {
  readonly confidence: number
}

function paired(
  blocks: readonly ComparisonBlock[],
  of: (burst: BurstMeasure) => number | undefined,
  { confidence, ...metric }: PairedMetric,
): RawMetric[] {
  const pairs = blocks.map((block) => [of(block.a), of(block.b)] as const)
  const known = pairs.filter((pair): pair is readonly [number, number] => (pair[0] ?? 0) > 0 && (pair[1] ?? 0) > 0)
  if (known.length === 0 || known.length < pairs.length) return []
  const estimate = signedRankEstimate(
    known.map(([a, b]) => Math.log(b / a)),
    confidence,
  )
  return [{ ...metric, a: known.map(([a]) => a), b: known.map(([, b]) => b), estimate }]
}

/** The load comes by a plan, however fast it is answered. */
function isPaced({ requestRate, script }: ComparisonSettings): boolean {
  return requestRate !== undefined || script !== undefined
}

function isMeaningful(name: MetricName, settings: ComparisonSettings): boolean {
  // At a fixed rate both sides answer that many; memory of a process that goes on is no new observation.
  if (name === 'requestRate') return !isPaced(settings)
  return name === 'peakRss' ? settings.restart : true
}

function isHeadline(name: MetricName, settings: ComparisonSettings): boolean {
  if (name === 'cpuPerRequest') return true
  return isPaced(settings) ? name === 'latencyP50' || name === 'latencyP95' : name === 'requestRate'
}

/** Judges the metrics, with p-values corrected within each role (Holm). */
export function judgeMetrics(raw: readonly RawMetric[], marginShare: number): ComparedMetric[] {
  return (['headline', 'secondary'] as const).flatMap((role) => {
    const group = raw.filter((metric) => metric.role === role)
    const adjusted = holm(group.map((metric) => metric.estimate.pValue))
    return group.map((metric, index) => judgeMetric(metric, adjusted[index] ?? 1, marginShare))
  })
}

function judgeMetric(metric: RawMetric, adjustedPValue: number, marginShare: number): ComparedMetric {
  const { name, title, unit, direction } = metric.kind
  return {
    name,
    ...(metric.endpoint === undefined ? {} : { endpoint: metric.endpoint }),
    title,
    unit,
    direction,
    role: metric.role,
    a: median(metric.a),
    b: median(metric.b),
    estimate: metric.estimate,
    adjustedPValue,
    cliffsDelta: cliffsDelta(metric.a, metric.b),
    verdict: judge(metric.estimate, { direction, marginShare, adjustedPValue }),
  }
}
