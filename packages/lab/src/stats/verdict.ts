import { normalQuantile, studentTQuantile } from './distributions.ts'
import type { Estimate } from './estimate.ts'

/** Whether more of the metric is better (requests per second) or worse (latency, CPU time). */
export type Direction = 'higher-is-better' | 'lower-is-better'

export type VerdictStatus = 'faster' | 'slower' | 'equivalent' | 'inconclusive'

/** What the evidence says of B against A, and what it would take to say more. */
export interface Verdict {
  readonly status: VerdictStatus
  /** The smallest true change, as a share of A, that this many blocks find in four of five comparisons. */
  readonly minimumDetectableShare: number
  /** Only of an inconclusive verdict: what would make it conclusive. */
  readonly wanted?: Wanted
}

/** Blocks still missing, each with the conclusion they would allow in four of five cases if the ratio seen so far holds. */
export interface Wanted {
  /** To show a difference of the size seen; absent when there is none to speak of. */
  readonly blocksForDifference?: number
  /** To show that the two are within the margin; absent when the ratio seen lies outside it. */
  readonly blocksForEquivalence?: number
}

export interface VerdictOptions {
  readonly direction: Direction
  /** Ratios of at most 1 + this share count as equal. Default 0.02. */
  readonly marginShare?: number
  /** A p-value corrected for several metrics; the difference must be significant by it too. Default: that of the estimate. */
  readonly adjustedPValue?: number
}

const power = 0.8

/** Judges an estimate. An interval that is merely wide is inconclusive, never "no change". */
export function judge(estimate: Estimate, options: VerdictOptions): Verdict {
  const margin = Math.log1p(options.marginShare ?? 0.02)
  const minimumDetectableShare = Math.expm1(detectable(estimate))
  if (estimate.low >= -margin && estimate.high <= margin) return { status: 'equivalent', minimumDetectableShare }
  if (isDifferent(estimate, options.adjustedPValue ?? 0)) {
    const better = options.direction === 'higher-is-better' ? estimate.low > 0 : estimate.high < 0
    return { status: better ? 'faster' : 'slower', minimumDetectableShare }
  }
  return { status: 'inconclusive', minimumDetectableShare, wanted: wanted(estimate, margin) }
}

function isDifferent(estimate: Estimate, adjustedPValue: number): boolean {
  const excludesZero = estimate.low > 0 || estimate.high < 0
  return excludesZero && adjustedPValue <= 1 - estimate.confidence
}

function detectable(estimate: Estimate): number {
  const { standardError, degreesOfFreedom, confidence } = estimate
  if (!Number.isFinite(standardError)) return Infinity
  const significance = studentTQuantile(1 - (1 - confidence) / 2, degreesOfFreedom)
  return (significance + studentTQuantile(power, degreesOfFreedom)) * standardError
}

function wanted(estimate: Estimate, margin: number): Wanted {
  const distance = Math.abs(estimate.logRatio)
  const forDifference = missingBlocks(estimate, distance)
  const forEquivalence = missingBlocks(estimate, margin - distance)
  return {
    ...(forDifference === undefined ? {} : { blocksForDifference: forDifference }),
    ...(forEquivalence === undefined ? {} : { blocksForEquivalence: forEquivalence }),
  }
}

/** A number that nobody would wait for is no advice. */
const mostBlocks = 100_000

/** How many blocks more make the interval narrow enough to tell `target` from zero. */
function missingBlocks(estimate: Estimate, target: number): number | undefined {
  const { standardError, replicates, confidence } = estimate
  if (target <= 0) return undefined
  if (!Number.isFinite(standardError)) return Math.max(1, 10 - replicates)
  const quantiles = normalQuantile(1 - (1 - confidence) / 2) + normalQuantile(power)
  const total = Math.ceil(replicates * ((quantiles * standardError) / target) ** 2) + 2
  if (total > mostBlocks) return undefined
  return Math.max(1, total - replicates)
}
