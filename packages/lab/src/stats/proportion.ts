import { binomialCdf, regularizedBeta } from './distributions.ts'

/** A share with its interval (Clopper & Pearson, Biometrika 26, 1934): never narrower than it claims. */
export interface Proportion {
  readonly hits: number
  readonly trials: number
  readonly share: number
  readonly low: number
  readonly high: number
}

export function proportion(hits: number, trials: number, confidence = 0.95): Proportion {
  const tail = (1 - confidence) / 2
  const low = hits === 0 ? 0 : betaQuantile(tail, hits, trials - hits + 1)
  const high = hits === trials ? 1 : betaQuantile(1 - tail, hits + 1, trials - hits)
  return { hits, trials, share: trials === 0 ? 0 : hits / trials, low, high }
}

export interface Failures {
  readonly failed: number
  readonly total: number
}

/**
 * Two-sided p-value of "both sides fail equally often": given how many failed in all, each failure falls on A with A's share
 * of the requests.
 */
export function failureImbalance(a: Failures, b: Failures): number {
  const failed = a.failed + b.failed
  if (failed === 0 || a.total + b.total === 0) return 1
  const shareOfA = a.total / (a.total + b.total)
  const atMost = binomialCdf(a.failed, failed, shareOfA)
  const atLeast = 1 - binomialCdf(a.failed - 1, failed, shareOfA)
  return Math.min(1, 2 * Math.min(atMost, atLeast))
}

function betaQuantile(probability: number, a: number, b: number): number {
  let low = 0
  let high = 1
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2
    if (regularizedBeta(middle, a, b) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}
