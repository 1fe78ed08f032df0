import type { EndpointTotals, LabResult } from '../../result/lab-result.ts'
import { percentileChart } from '../charts/latency-charts.ts'
import { formatCount, formatPercent } from '../format.ts'
import { html, join } from '../html.ts'
import { latencyCells, latencyColumns } from '../latency-table.ts'
import { chartSlot, mostRows, table, type ReportSection } from './section.ts'

/** More curves than this cannot be told apart. */
const mostCurves = 8

/** Each endpoint with its counts, codes, errors and latencies. */
export function endpointsSection(result: LabResult): ReportSection | undefined {
  if (result.endpoints.length === 0) return undefined
  // Those with the most requests; each row decodes histograms, so the others are left out before the tables are made.
  const endpoints = result.endpoints.toSorted((a, b) => b.requests - a.requests).slice(0, mostRows)
  const left = result.endpoints.length - endpoints.length
  const curves = endpoints.slice(0, mostCurves).map((endpoint, color) => ({
    label: nameOf(endpoint),
    color,
    histogram: endpoint.latency,
  }))
  const chart = percentileChart('endpoint-percentiles', 'Latency by percentile, per endpoint', curves)
  const drawn = endpoints.length > 1 && endpoints.some((endpoint) => endpoint.latency.count > 0) ? [chart] : []
  return {
    id: 'endpoints',
    title: 'Endpoints',
    body: html`${left > 0 && html`<p class="note">${`${left} endpoints with fewer requests are only in the result file.`}</p>`}
      ${countsTable(endpoints)}
      ${table(
        'Latency per endpoint, in milliseconds',
        [{ title: 'Endpoint' }, ...latencyColumns],
        endpoints.map((endpoint) => [nameOf(endpoint), ...latencyCells(endpoint.latency)]),
      )}
      <div class="charts">${join(drawn.map((each) => chartSlot(each)))}</div>`,
    charts: drawn,
  }
}

function countsTable(endpoints: readonly EndpointTotals[]) {
  return table(
    'Requests per endpoint',
    [
      { title: 'Endpoint' },
      { title: 'Requests', numeric: true },
      { title: 'Failed', numeric: true },
      { title: 'Failed share', numeric: true },
      { title: 'Codes' },
      { title: 'Errors' },
    ],
    endpoints.map((endpoint) => [
      nameOf(endpoint),
      formatCount(endpoint.requests),
      formatCount(endpoint.failed),
      formatPercent(endpoint.failed / Math.max(1, endpoint.requests)),
      counted(endpoint.codes),
      counted(endpoint.errors),
    ]),
  )
}

function nameOf(endpoint: EndpointTotals): string {
  return endpoint.name.startsWith(endpoint.method) ? endpoint.name : `${endpoint.method} ${endpoint.name}`
}

function counted(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name}: ${formatCount(count)}`)
    .join(', ')
}
