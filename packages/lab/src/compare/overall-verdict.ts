import { asShare } from '../stats/estimate.ts'
import type { Failures } from '../stats/proportion.ts'
import { failureImbalance } from '../stats/proportion.ts'
import type { Verdict, Wanted } from '../stats/verdict.ts'
import { metricKinds } from './metrics.ts'
import type { ComparedMetric, ComparisonVerdict } from './comparison-result.ts'

export interface VerdictEvidence {
  readonly metrics: readonly ComparedMetric[]
  readonly failures: { readonly a: SideFailures; readonly b: SideFailures }
  /** Share of the bursts in which the generator was the limit. */
  readonly limitedShare: number
}

export interface SideFailures extends Failures {
  /** Answers by status. */
  readonly codes: Readonly<Record<string, number>>
}

/** What the comparison says as a whole. It rests on the headline metrics, and on nothing when the two sides fail differently. */
export function overallVerdict(evidence: VerdictEvidence): ComparisonVerdict {
  const spoiled = failureReasons(evidence)
  if (spoiled.length > 0) return inconclusive('The two sides cannot be compared', spoiled)
  const { judged, reasons } = judgedMetrics(evidence)
  if (judged.length === 0) return inconclusive('Nothing could be judged', reasons)
  const found = new Set(judged.map((metric) => metric.verdict.status))
  if (found.has('faster') && found.has('slower'))
    return inconclusive('The headline metrics contradict each other', [
      ...reasons,
      ...judged.map((each) => changeOf(each)),
    ])
  const decided = (['slower', 'faster'] as const).find((status) => found.has(status))
  if (decided !== undefined) return different(decided, judged, reasons)
  if (!found.has('inconclusive'))
    return {
      status: 'equivalent',
      sentence: `A and B are equivalent: ${judged.map((each) => changeOf(each)).join(', ')}`,
      reasons,
    }
  const open = judged.filter((metric) => metric.verdict.status === 'inconclusive')
  return {
    ...inconclusive('The blocks so far do not tell A from B, nor show that they are equal', [
      ...reasons,
      ...open.map(
        (metric) => `${changeOf(metric)}; smallest change these blocks would find: ${detectable(metric.verdict)}`,
      ),
    ]),
    wanted: leastWanted(open),
  }
}

/** From here on a difference in failures is no chance: one in a thousand. */
const imbalancePValue = 0.001

function failureReasons({ failures }: VerdictEvidence): string[] {
  const { a, b } = failures
  const shares = `A ${failedShare(a)}, B ${failedShare(b)}`
  if (a.failed * 2 > a.total || b.failed * 2 > b.total)
    return [`most requests failed (${shares}): these would be the times of errors`]
  if (failureImbalance(a, b) < imbalancePValue)
    return [`the two sides fail differently (${shares}): a failed request does other work than an answered one`]
  return []
}

/** The share, with the status of most failed answers: a missing header or a wrong path shows there. */
function failedShare({ failed, total, codes }: SideFailures): string {
  const [worst] = Object.entries(codes)
    .filter(([code]) => Number(code) >= 400)
    .toSorted(([, left], [, right]) => right - left)
  const status = failed === 0 || worst === undefined ? '' : `, mostly status ${worst[0]}`
  return `${percent(failed / Math.max(1, total))}${status}`
}

function judgedMetrics(evidence: VerdictEvidence): { judged: ComparedMetric[]; reasons: string[] } {
  const headline = evidence.metrics.filter((metric) => metric.role === 'headline')
  // A limit now and then is noise that the blocks' spread shows; a limit as a rule is what was measured.
  if (evidence.limitedShare <= 0.2) return { judged: headline, reasons: [] }
  const needing = new Set(metricKinds.filter((kind) => kind.needsGenerator).map((kind) => kind.name))
  return {
    judged: headline.filter((metric) => !needing.has(metric.name)),
    reasons: [
      `the generator was the limit in ${percent(evidence.limitedShare)} of the bursts, so rates and latencies are not judged`,
    ],
  }
}

function different(
  status: 'faster' | 'slower',
  judged: readonly ComparedMetric[],
  reasons: readonly string[],
): ComparisonVerdict {
  const leading = judged.filter((metric) => metric.verdict.status === status)
  const rest = judged.filter((metric) => metric.verdict.status !== status)
  return {
    status,
    sentence: `B is ${status} than A: ${leading.map((metric) => changeOf(metric)).join(', ')}`,
    reasons: [...reasons, ...rest.map((metric) => `${metric.verdict.status}: ${changeOf(metric)}`)],
  }
}

function inconclusive(sentence: string, reasons: readonly string[]): ComparisonVerdict {
  return { status: 'inconclusive', sentence, reasons }
}

/** The metric that is nearest to a conclusion says what is wanted. */
function leastWanted(open: readonly ComparedMetric[]): Wanted {
  const least = (pick: (wanted: Wanted) => number | undefined): number | undefined => {
    const values = open.map((metric) => pick(metric.verdict.wanted ?? {})).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : Math.min(...values)
  }
  // Equality of the whole needs every metric to be equal, a difference needs one.
  const most = open.map((metric) => metric.verdict.wanted?.blocksForEquivalence)
  const blocksForDifference = least((wanted) => wanted.blocksForDifference)
  const known = most.filter((value) => value !== undefined)
  return {
    ...(blocksForDifference === undefined ? {} : { blocksForDifference }),
    ...(known.length === most.length && known.length > 0 ? { blocksForEquivalence: Math.max(...known) } : {}),
  }
}

function changeOf(metric: ComparedMetric): string {
  const { estimate } = metric
  const interval =
    Number.isFinite(estimate.low) && Number.isFinite(estimate.high)
      ? ` [${signed(asShare(estimate.low))}, ${signed(asShare(estimate.high))}]`
      : ''
  return `${lowerFirst(metric.title)} ${signed(asShare(estimate.logRatio))}${interval}`
}

function detectable(verdict: Verdict): string {
  const share = verdict.minimumDetectableShare
  return Number.isFinite(share) ? `±${percent(share)}` : 'unknown, there are too few'
}

function signed(share: number): string {
  const text = Math.abs(share * 100).toFixed(1)
  return `${share < 0 ? '−' : '+'}${text} %`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share < 0.1 ? 2 : 1)} %`
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
