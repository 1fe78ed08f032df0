import { normalCdf, normalQuantile, studentTQuantile } from './distributions.ts'
import type { Estimate } from './estimate.ts'

/** Above this many blocks the exact distribution gives way to its normal approximation, which is then right to four digits. */
const exactUpTo = 120

/**
 * The Hodges–Lehmann estimate of the centre of paired log ratios, with the interval and the p-value of Wilcoxon's signed-rank
 * test (Hollander, Wolfe & Chicken, Nonparametric Statistical Methods, §3.2–3.3).
 *
 * Which of two equal servers is called A in a block is random, so each log ratio is symmetric around zero whatever the noise
 * looks like; that is all this test asks for. Needs 6 ratios for an interval of 95 %, and gives an infinite one below.
 */
export function signedRankEstimate(logRatios: readonly number[], confidence = 0.95): Estimate {
  const replicates = logRatios.length
  const averages = walshAverages(logRatios)
  const cut = criticalRank(replicates, (1 - confidence) / 2)
  const low = cut < 0 ? -Infinity : (averages[cut] ?? -Infinity)
  const high = cut < 0 ? Infinity : (averages[averages.length - 1 - cut] ?? Infinity)
  const degreesOfFreedom = Math.max(1, replicates - 1)
  return {
    method: 'signed-rank',
    logRatio: middle(averages),
    low,
    high,
    confidence,
    pValue: signedRankPValue(averages, replicates),
    standardError: (high - low) / 2 / studentTQuantile(1 - (1 - confidence) / 2, degreesOfFreedom),
    degreesOfFreedom,
    replicates,
  }
}

/** The averages of all pairs, each value with itself included, in rising order. */
function walshAverages(values: readonly number[]): Float64Array {
  const averages = new Float64Array((values.length * (values.length + 1)) / 2)
  let index = 0
  for (let i = 0; i < values.length; i++)
    for (let j = i; j < values.length; j++) averages[index++] = ((values[i] ?? 0) + (values[j] ?? 0)) / 2
  return averages.sort()
}

function middle(sorted: Float64Array): number {
  if (sorted.length === 0) return 0
  const half = sorted.length >> 1
  const upper = sorted[half] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2
}

/** The largest rank sum whose lower tail is at most `tail`; -1 when there is none. */
function criticalRank(replicates: number, tail: number): number {
  const total = (replicates * (replicates + 1)) / 2
  if (replicates > exactUpTo) return Math.floor(total / 2 + normalQuantile(tail) * rankDeviation(replicates))
  const probabilities = rankSumProbabilities(replicates)
  let sum = 0
  for (let rank = 0; rank <= total; rank++) {
    sum += probabilities[rank] ?? 0
    if (sum > tail) return rank - 1
  }
  return -1
}

/** Ties with zero count for both sides, which errs towards "no difference". */
function signedRankPValue(averages: Float64Array, replicates: number): number {
  const below = averages.filter((each) => each <= 0).length
  const above = averages.filter((each) => each >= 0).length
  return Math.min(1, 2 * lowerTail(Math.min(below, above), replicates))
}

function lowerTail(rankSum: number, replicates: number): number {
  const total = (replicates * (replicates + 1)) / 2
  if (replicates > exactUpTo) return normalCdf((rankSum + 0.5 - total / 2) / rankDeviation(replicates))
  const probabilities = rankSumProbabilities(replicates)
  let sum = 0
  for (let rank = 0; rank <= Math.min(rankSum, total); rank++) sum += probabilities[rank] ?? 0
  return sum
}

function rankDeviation(replicates: number): number {
  return Math.sqrt((replicates * (replicates + 1) * (2 * replicates + 1)) / 24)
}

/** Probability of each rank sum when every sign is a coin toss: rank k is in the sum, or it is not. */
function rankSumProbabilities(replicates: number): Float64Array {
  const total = (replicates * (replicates + 1)) / 2
  const probabilities = new Float64Array(total + 1)
  probabilities[0] = 1
  let reached = 0
  for (let rank = 1; rank <= replicates; rank++) {
    reached += rank
    for (let sum = reached; sum >= 0; sum--) {
      const without = sum > reached - rank ? 0 : (probabilities[sum] ?? 0)
      const withRank = sum >= rank ? (probabilities[sum - rank] ?? 0) : 0
      probabilities[sum] = (without + withRank) / 2
    }
  }
  return probabilities
}
