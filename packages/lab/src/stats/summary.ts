/** What is left of a sample when only its mean and spread were written down. */
export interface Summary {
  readonly mean: number
  /** Sample standard deviation (n − 1). */
  readonly deviation: number
  readonly count: number
}

export function summarize(values: readonly number[]): Summary {
  const count = values.length
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, count)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / Math.max(1, count - 1)), count }
}

/** The middle value; the mean of the two middle ones for an even count; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length >> 1
  const upper = sorted[half] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? Number.NaN) + upper) / 2
}

/**
 * How many independent values a series is worth: neighbours in time resemble each other, so n intervals of one run say less
 * than n runs. First-order correction n (1 − r) / (1 + r), never above n (Wilks, Statistical Methods in the Atmospheric
 * Sciences, §5.2.4).
 */
export function effectiveCount(series: readonly number[]): number {
  const { mean } = summarize(series)
  const squares = series.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  if (series.length < 3 || squares === 0) return series.length
  const products = series
    .slice(1)
    .reduce((sum, value, index) => sum + (value - mean) * ((series[index] ?? mean) - mean), 0)
  const correlation = Math.max(0, products / squares)
  return (series.length * (1 - correlation)) / (1 + correlation)
}
