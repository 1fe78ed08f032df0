import type { LabResult } from '../result/lab-result.ts'
import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { addEncoded } from '../result/coarsen-series.ts'

type Measured = Omit<LabResult, 'checks' | 'counters'> & { readonly counters: Readonly<Record<string, number>> }

/**
 * Every figure of a result by name, as thresholds and conditions refer to it. Artillery's names keep their meaning (response times are
 * milliseconds to the first byte); names that start with `lab.` are this lab's: `lab.latency.p99` counts from the intended start.
 */
export function metricValues(result: Measured): Record<string, number> {
  const values: Record<string, number> = { ...result.counters }
  const addSummary = (name: string, histogram: EncodedHistogram): void => {
    for (const [key, value] of Object.entries(summarize(histogram))) values[`${name}.${key}`] = value
  }
  addSummary('http.response_time', result.latency.firstByte)
  for (const part of ['latency', 'service', 'wait', 'connect', 'dns', 'tls', 'body'] as const)
    addSummary(`lab.${part}`, result.latency[part])
  // The names of Artillery's extended metrics.
  addSummary('http.dns', result.latency.dns)
  addSummary('http.tcp', result.latency.connect)
  addSummary('http.tls', result.latency.tls)
  addSummary('http.total', result.latency.service)
  addSummary('vusers.session_length', addEncoded(result.scenarios.map(({ session }) => session)))
  for (const [name, histogram] of Object.entries(result.custom)) addSummary(name, histogram)
  for (const endpoint of result.endpoints)
    addSummary(`plugins.metrics-by-endpoint.response_time.${addressOf(endpoint.name)}`, endpoint.firstByte)
  const seconds = result.meta.durationMs / 1000
  values['http.request_rate'] = seconds > 0 ? Math.round(result.requests.sent / seconds) : 0
  values['lab.error_rate'] = result.users.created === 0 ? 0 : (result.users.failed / result.users.created) * 100
  return values
}

/** `GET /path (name)` is known to scripts as `/path (name)`. */
export function addressOf(endpointName: string): string {
  return endpointName.replace(/^[A-Z]+ /, '')
}

/** Milliseconds, or the values themselves for a script's own histogram: both are stored times 1,000. */
function summarize(encoded: EncodedHistogram): Readonly<Record<string, number>> {
  const histogram = LatencyHistogram.decode(encoded)
  const at = (percent: number): number => histogram.percentile(percent) / 1000
  return {
    min: histogram.min / 1000,
    max: histogram.max / 1000,
    mean: histogram.mean / 1000,
    count: histogram.count,
    p50: at(50),
    median: at(50),
    p75: at(75),
    p90: at(90),
    p95: at(95),
    p99: at(99),
    p999: at(99.9),
  }
}
