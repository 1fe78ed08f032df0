import type { LabResult } from '../../result/lab-result.ts'
import { distributionChart, percentileChart } from '../charts/latency-charts.ts'
import { html, join } from '../html.ts'
import { latencyCells, latencyColumns } from '../latency-table.ts'
import { chartSlot, table, type ReportSection } from './section.ts'

const parts = [
  ['latency', 'Latency (intended start to last byte)'],
  ['service', 'Service (actual send to last byte)'],
  ['firstByte', 'First byte (after the request was written)'],
  ['body', 'Body'],
  ['wait', 'Wait before sending'],
  ['dns', 'DNS (new connections)'],
  ['connect', 'Connect (new connections)'],
  ['tls', 'TLS (new connections)'],
] as const

/** Where the time of a request went, and how it was spread. */
export function latencySection(result: LabResult): ReportSection {
  const { latency } = result
  const charts = [
    percentileChart(
      'percentiles',
      'Latency by percentile',
      [
        { label: 'latency', color: 0, histogram: latency.latency },
        { label: 'service', color: 1, histogram: latency.service },
        { label: 'first byte', color: 2, histogram: latency.firstByte },
      ].filter(({ histogram }) => histogram.count > 0),
    ),
    distributionChart('distribution', 'Overall latency distribution', [
      { label: 'requests', color: 0, histogram: latency.latency },
    ]),
  ]
  const drawn = latency.latency.count === 0 ? [] : charts
  const rows = parts
    .filter(([name], index) => index < 2 || latency[name].count > 0)
    .map(([name, title]) => [title, ...latencyCells(latency[name])])
  return {
    id: 'latency',
    title: 'Latency',
    body: html`${table('Latency in milliseconds', [{ title: 'Part' }, ...latencyColumns], rows)}
      <div class="charts">${join(drawn.map((chart) => chartSlot(chart)))}</div>`,
    charts: drawn,
  }
}
