/**
 * A distribution as it is stored. Adding the decoded `hdr` parts of two of them gives exactly the distribution of all their
 * values: bucket counts add up, and count, sum, min and max are kept beside the buckets without rounding.
 */
export interface EncodedHistogram {
  /** `us` for times in microseconds; `none` for values of a script's own histograms, stored times 1,000. */
  readonly unit: 'us' | 'none'
  readonly count: number
  readonly min: number
  readonly max: number
  readonly sum: number
  /** HdrHistogram V2, three significant digits, deflated, base64. Empty when `count` is 0. */
  readonly hdr: string
}
