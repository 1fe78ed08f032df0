/**
 * Whether a sample is large enough for a percentile to have an upper 95 % confidence bound inside the sample: 1 − p^n ≥ 0.95
 * (binomial; 59 values for p95, 299 for p99, 2,995 for p99.9). Below it a percentile is the maximum under another name.
 */
export function isPercentileSupported(percent: number, sampleSize: number): boolean {
  return sampleSize >= minimumSampleSize(percent)
}

/** The smallest sample that supports the percentile. */
export function minimumSampleSize(percent: number): number {
  if (percent >= 100) return 1
  return Math.ceil(Math.log(0.05) / Math.log(percent / 100))
}
