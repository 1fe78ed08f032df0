/**
 * How much larger B is than A, as the natural logarithm of the ratio, with its interval. Ratios are compared as logarithms
 * so that "twice" and "half" weigh the same.
 */
export interface Estimate {
  readonly method: 'signed-rank' | 'welch'
  /** ln(B / A). */
  readonly logRatio: number
  /** Lower and upper end of the interval of ln(B / A); infinite when there are too few replicates for any interval. */
  readonly low: number
  readonly high: number
  /** Probability that such an interval covers the true value, for example 0.95. */
  readonly confidence: number
  /** Two-sided, against "no difference". */
  readonly pValue: number
  /** Of `logRatio`; infinite when there are too few replicates. */
  readonly standardError: number
  readonly degreesOfFreedom: number
  /** Blocks of a paired comparison, or the smaller side of an unpaired one. Requests are never replicates. */
  readonly replicates: number
}

/** A log ratio as a share: 0.05 is "5 % more". */
export function asShare(logRatio: number): number {
  return Math.expm1(logRatio)
}
