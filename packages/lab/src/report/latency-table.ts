import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { isPercentileSupported, minimumSampleSize } from '../result/percentile-support.ts'
import { formatCount, formatMilliseconds } from './format.ts'

const reportedPercentiles = [50, 90, 95, 99, 99.9] as const

export interface LatencyRow {
  readonly count: number
  /** In microseconds; undefined without samples. */
  readonly min: number | undefined
  readonly mean: number | undefined
  readonly max: number | undefined
  /** Undefined where the sample is too small. */
  readonly percentiles: readonly { readonly percent: number; readonly value: number | undefined }[]
}

/** The figures of one histogram, with those left out that its sample does not support. */
export function latencyRow(encoded: EncodedHistogram): LatencyRow {
  const histogram = LatencyHistogram.decode(encoded)
  const known = histogram.count > 0
  return {
    count: histogram.count,
    min: known ? histogram.min : undefined,
    mean: known ? histogram.mean : undefined,
    max: known ? histogram.max : undefined,
    percentiles: reportedPercentiles.map((percent) => ({
      percent,
      value: isPercentileSupported(percent, histogram.count) ? histogram.percentile(percent) : undefined,
    })),
  }
}

/** Cells of a table in milliseconds: n, min, mean, the percentiles, max. */
export function latencyCells(encoded: EncodedHistogram): string[] {
  const row = latencyRow(encoded)
  const cell = (us: number | undefined): string => (us === undefined ? '–' : formatMilliseconds(us))
  const percentiles = row.percentiles.map(({ percent, value }) => {
    if (value !== undefined) return formatMilliseconds(value)
    return row.count === 0 ? '–' : `n too small (${formatCount(minimumSampleSize(percent))})`
  })
  return [formatCount(row.count), cell(row.min), cell(row.mean), ...percentiles, cell(row.max)]
}

export const latencyColumns: readonly { readonly title: string; readonly numeric: true }[] = [
  'n',
  'min',
  'mean',
  ...reportedPercentiles.map((percent) => `p${percent}`),
  'max',
].map((title) => ({ title, numeric: true }))
