import type { EncodedHistogram } from '../../result/encoded-histogram.ts'
import { LatencyHistogram } from '../../result/latency-histogram.ts'
import { minimumSampleSize } from '../../result/percentile-support.ts'
import type { ChartSeries, ChartSpec } from '../chart-spec.ts'

export interface NamedHistogram {
  readonly label: string
  readonly color: number
  readonly histogram: EncodedHistogram
}

/** Points for each power of ten of the percentile axis. */
const pointsPerDecade = 24

/** Percentile curves side by side, each as far as its sample supports. */
export function percentileChart(id: string, title: string, curves: readonly NamedHistogram[]): ChartSpec {
  const decoded = curves.map((curve) => ({ ...curve, histogram: LatencyHistogram.decode(curve.histogram) }))
  const most = Math.max(1, ...decoded.map((curve) => curve.histogram.count))
  const last = Math.max(1, Math.floor(pointsPerDecade * Math.log10(Math.max(2, most / -Math.log(0.05)))))
  const xValues = Array.from({ length: last + 1 }, (_, step) => 10 ** (step / pointsPerDecade))
  return {
    id,
    title,
    description:
      'Share of requests at or below a latency. A curve ends where its sample no longer supports a percentile.',
    x: { label: 'percentile', quantity: 'percentile' },
    y: { label: 'latency', quantity: 'milliseconds', log: decoded.some((curve) => isWide(curve.histogram)) },
    xValues,
    series: decoded.map((curve) => percentileCurve(curve, xValues)),
  }
}

function percentileCurve(
  curve: { readonly label: string; readonly color: number; readonly histogram: LatencyHistogram },
  xValues: readonly number[],
): ChartSeries {
  const { histogram, label, color } = curve
  const values = xValues.map((x) => {
    const percent = (1 - 1 / x) * 100
    if (histogram.count === 0 || histogram.count < minimumSampleSize(Math.max(percent, 1))) return null
    return histogram.percentile(percent) / 1000
  })
  return { label, color, kind: 'line', values }
}

function isWide(histogram: LatencyHistogram): boolean {
  return histogram.count > 0 && histogram.min > 0 && histogram.max / histogram.min > 100
}

/** How many requests took how long, in bars that are equally wide on a logarithmic axis. */
export function distributionChart(id: string, title: string, groups: readonly NamedHistogram[]): ChartSpec {
  const decoded = groups.map((group) => ({ ...group, histogram: LatencyHistogram.decode(group.histogram) }))
  const filled = decoded.filter((group) => group.histogram.count > 0)
  const low = Math.log10(Math.max(1, Math.min(...filled.map((group) => group.histogram.min))))
  const high = Math.log10(Math.max(2, ...filled.map((group) => group.histogram.max)))
  const cells = Math.min(80, Math.max(12, Math.ceil((high - low) * 30)))
  const edge = (index: number): number => 10 ** (low + ((high - low) * index) / cells)
  return {
    id,
    title,
    description: 'Requests by latency; each bar is the same ratio wide.',
    x: { label: 'latency', quantity: 'milliseconds', log: true },
    y: { label: 'share of requests', quantity: 'share' },
    xValues: filled.length === 0 ? [] : Array.from({ length: cells }, (_, index) => edge(index + 0.5) / 1000),
    series: decoded.map((group) => ({
      label: group.label,
      color: group.color,
      kind: groups.length === 1 ? 'bars' : 'area',
      values: cellShares(group.histogram, cells, { low, high }),
    })),
  }
}

function cellShares(
  histogram: LatencyHistogram,
  cells: number,
  span: { readonly low: number; readonly high: number },
): number[] {
  const counts = Array.from({ length: cells }, () => 0)
  for (const bucket of histogram.buckets()) {
    const middle = Math.log10(Math.max(1, (bucket.from + bucket.to) / 2))
    const place = Math.floor(((middle - span.low) / (span.high - span.low)) * cells)
    const cell = Math.min(cells - 1, Math.max(0, place))
    counts[cell] = (counts[cell] ?? 0) + bucket.count
  }
  return counts.map((count) => Math.round((count / Math.max(1, histogram.count)) * 1e5) / 1e5)
}
