import type { LabResult } from '../../result/lab-result.ts'
import { LatencyHistogram } from '../../result/latency-histogram.ts'
import { formatCount, formatNumber } from '../format.ts'
import { html } from '../html.ts'
import { isPercentileSupported } from '../../result/percentile-support.ts'
import { table, type ReportSection } from './section.ts'

/** Counters and histograms of processors and plugins. */
export function customSection(result: LabResult): ReportSection | undefined {
  const counters = Object.entries(result.counters)
  const histograms = Object.entries(result.custom)
  if (counters.length + histograms.length === 0) return undefined
  return {
    id: 'metrics',
    title: 'All metrics',
    body: html`${histograms.length > 0 && histogramTable(histograms)}
      <details>
        <summary>${`${counters.length} counters`}</summary>
        ${table(
          'Counters',
          [{ title: 'Name' }, { title: 'Count', numeric: true }],
          counters.toSorted(([a], [b]) => a.localeCompare(b)).map(([name, count]) => [name, formatCount(count)]),
        )}
      </details>`,
  }
}

function histogramTable(histograms: readonly (readonly [string, LabResult['custom'][string]])[]) {
  const columns = ['n', 'min', 'p50', 'p95', 'p99', 'max'].map((title) => ({ title, numeric: true }))
  const rows = histograms.map(([name, encoded]) => {
    const histogram = LatencyHistogram.decode(encoded)
    const value = (stored: number): string => formatNumber(stored / 1000)
    const percentile = (percent: number): string =>
      isPercentileSupported(percent, histogram.count) ? value(histogram.percentile(percent)) : 'n too small'
    const percentiles = [50, 95, 99].map((percent) => percentile(percent))
    return [name, formatCount(histogram.count), value(histogram.min), ...percentiles, value(histogram.max)]
  })
  return table('Histograms of this script (times in milliseconds)', [{ title: 'Name' }, ...columns], rows)
}
