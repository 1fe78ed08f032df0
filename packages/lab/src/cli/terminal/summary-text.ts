import type { EncodedHistogram } from '../../result/encoded-histogram.ts'
import type { Check, LabResult } from '../../result/lab-result.ts'
import { LatencyHistogram } from '../../result/latency-histogram.ts'
import { scenarioTitle } from '../../result/scenario-title.ts'
import { isPercentileSupported, minimumSampleSize } from '../../result/percentile-support.ts'
import { formatBytes, formatCount, formatDuration, formatPercent, formatUs } from './format-value.ts'
import type { Paint } from './style.ts'

/** A result as text for a terminal. */
export function summaryText(result: LabResult, paint: Paint): string {
  const blocks = [
    heading(result, paint),
    healthBlock(result, paint),
    result.plan.model === 'open' && result.phases.length > 0 ? usersBlock(result) : [],
    requestBlock(result),
    latencyBlock(result, paint),
    endpointBlock(result, paint),
    countBlock('Codes', result.codes),
    errorBlock(result, paint),
    checkBlock(result.checks, paint),
    result.warnings.map((warning) => paint('yellow', `warning: ${warning}`)),
  ]
  return `${blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`
}

function heading(result: LabResult, paint: Paint): readonly string[] {
  const { meta, plan } = result
  const lines = [paint('bold', `${meta.name} → ${plan.target}, ${formatDuration(meta.durationMs)}`)]
  if (result.status === 'partial') lines.push(paint('yellow', `Partial result: ${result.partialReason ?? 'stopped'}`))
  return lines
}

function healthBlock({ generator }: LabResult, paint: Paint): readonly string[] {
  const { verdict, reasons, intendedArrivals, arrivals } = generator
  const started =
    intendedArrivals === 0 ? '' : `, ${formatCount(arrivals)} of ${formatCount(intendedArrivals)} starts as planned`
  if (verdict === 'ok') return [`Generator  ${paint('green', 'ok')}${started}`]
  const colour = verdict === 'limited' ? 'red' : 'yellow'
  const title =
    verdict === 'limited' ? 'LIMITED: these figures are those of the generator, not of the server' : 'degraded'
  return [`Generator  ${paint(colour, title)}${started}`, ...reasons.map(({ message }) => `  - ${message}`)]
}

function usersBlock({ users, scenarios }: LabResult): readonly string[] {
  const { created, completed, failed, skipped, interrupted } = users
  const more = [
    skipped > 0 ? `, skipped ${formatCount(skipped)}` : '',
    interrupted > 0 ? `, interrupted ${formatCount(interrupted)}` : '',
  ].join('')
  return [
    `Users      created ${formatCount(created)}, completed ${formatCount(completed)}, failed ${formatCount(failed)}${more}`,
    ...scenarios.map(
      (each) => `  ${scenarioTitle(each.name)}  ${formatCount(each.created)} (${formatPercent(each.created, created)})`,
    ),
  ]
}

function requestBlock({ requests, meta }: LabResult): readonly string[] {
  const seconds = Math.max(meta.durationMs / 1000, 0.001)
  return [
    `Requests   ${formatCount(requests.sent)} sent, ${formatCount(requests.responses)} answered, ` +
      `${formatCount(requests.failed)} failed, ${formatCount(requests.responses / seconds)}/s, ` +
      `${formatBytes(requests.bytesReceived)} received`,
  ]
}

const percentiles = [50, 75, 90, 95, 99, 99.9] as const

function latencyBlock({ latency }: LabResult, paint: Paint): readonly string[] {
  if (latency.latency.count === 0) return []
  const rows: readonly (readonly [string, EncodedHistogram])[] = [
    ['latency (from intended start)', latency.latency],
    ['service time (from sending)', latency.service],
    ['  wait before sending', latency.wait],
    ['  connect', latency.connect],
    ['  TLS', latency.tls],
    ['  first byte', latency.firstByte],
    ['  body', latency.body],
  ]
  const header = ['', 'min', ...percentiles.map((percent) => `p${percent}`), 'max']
  const filled = rows.filter(([, encoded]) => encoded.count > 0).map(([name, encoded]) => [name, ...cells(encoded)])
  const { count } = latency.latency
  const missing = percentiles.filter((percent) => !isPercentileSupported(percent, count))
  const note = missing.map((percent) => `p${percent} needs ${formatCount(minimumSampleSize(percent))}`).join(', ')
  const lines = table([header, ...filled])
  const [first = '', ...rest] = lines
  return [
    paint('dim', first),
    ...rest,
    ...(note === '' ? [] : [paint('dim', `– : n too small, ${formatCount(count)} values; ${note}`)]),
  ]
}

/** A percentile that the sample is too small for is a dash: it would be the maximum under another name. */
function cells(encoded: EncodedHistogram): readonly string[] {
  const histogram = LatencyHistogram.decode(encoded)
  const values = percentiles.map((percent) =>
    isPercentileSupported(percent, encoded.count) ? formatUs(histogram.percentile(percent)) : '–',
  )
  return [formatUs(histogram.min), ...values, formatUs(histogram.max)]
}

function endpointBlock({ endpoints }: LabResult, paint: Paint): readonly string[] {
  if (endpoints.length < 2) return []
  const rows = endpoints.map((endpoint) => {
    const histogram = LatencyHistogram.decode(endpoint.latency)
    const at = (percent: number): string =>
      isPercentileSupported(percent, histogram.count) ? formatUs(histogram.percentile(percent)) : '–'
    return [
      endpoint.name,
      formatCount(endpoint.requests),
      formatCount(endpoint.failed),
      at(50),
      at(95),
      at(99),
      formatUs(histogram.max),
    ]
  })
  const [first = '', ...rest] = table([['endpoint', 'requests', 'failed', 'p50', 'p95', 'p99', 'max'], ...rows])
  return [paint('dim', first), ...rest]
}

function countBlock(title: string, counts: Readonly<Record<string, number>>): readonly string[] {
  const entries = Object.entries(counts)
  if (entries.length === 0) return []
  return [`${title.padEnd(11)}${entries.map(([name, count]) => `${name}: ${formatCount(count)}`).join(', ')}`]
}

function errorBlock({ errors }: LabResult, paint: Paint): readonly string[] {
  if (errors.length === 0) return []
  const shown = errors.slice(0, 10)
  const lines = shown.map(({ code, count, message }) => {
    const detail = message === code ? '' : `  ${message}`
    return `  ${paint('red', code)}  ${formatCount(count)}${detail}`
  })
  return [
    'Errors',
    ...lines,
    ...(errors.length > shown.length ? [`  and ${errors.length - shown.length} more codes`] : []),
  ]
}

function checkBlock(checks: readonly Check[], paint: Paint): readonly string[] {
  if (checks.length === 0) return []
  const colours = { passed: 'green', failed: 'red', 'not-evaluated': 'yellow' } as const
  const lines = checks.map((check) => {
    const times = check.failed === undefined ? '' : ` (${check.passed ?? 0} passed, ${check.failed} failed)`
    const got = check.status === 'failed' && check.actual !== undefined ? `, got ${check.actual}` : ''
    return `  ${paint(colours[check.status], check.status)}  ${check.name}${times}${got}${check.strict ? '' : ' (advisory)'}`
  })
  return ['Checks', ...lines]
}

/** Columns as wide as their longest cell: the first to the left, figures to the right. */
function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}
