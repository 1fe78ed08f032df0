import type { HistogramSample, MetricFamily, MetricSource } from './metrics.ts'

/**
 * The metrics of processors in the Prometheus text format, 0.0.4. Families of several sources are merged, so name their transports apart.
 * Serve it with `content-type: text/plain; version=0.0.4`.
 */
export function prometheusText(...sources: readonly MetricSource[]): string {
  const families = new Map<string, MetricFamily[]>()
  for (const family of sources.flatMap((source) => source.collect())) {
    families.set(family.name, [...(families.get(family.name) ?? []), family])
  }
  return [...families.values()].map((same) => renderFamily(same)).join('')
}

/** The part of a registry of `@prometheus-io/client` (and of `prom-client`) that is needed to add our metrics to it. */
export interface PrometheusRegistry {
  registerMetric(metric: never): void
}

/** Adds a source to a registry: its values are read at each scrape. */
export function registerPrometheus(registry: PrometheusRegistry, source: MetricSource): void {
  for (const { name } of source.collect()) {
    const metric = { name, get: () => Promise.resolve(registryMetric(source, name)), reset: () => undefined }
    registry.registerMetric(metric as never)
  }
}

function registryMetric(source: MetricSource, name: string): object {
  const family = source.collect().find((each) => each.name === name)
  if (family === undefined) return { name, help: '', type: 'gauge', values: [], aggregator: 'sum' }
  const values =
    family.type === 'histogram'
      ? family.samples.flatMap((sample) => histogramLines(name, sample))
      : family.samples.map(({ labels, value }) => ({ labels, value }))
  return { name, help: family.help, type: family.type, values, aggregator: 'sum' }
}

function renderFamily(same: readonly MetricFamily[]): string {
  const [first] = same
  if (first === undefined) return ''
  const lines = [`# HELP ${first.name} ${first.help}`, `# TYPE ${first.name} ${first.type}`]
  for (const family of same) {
    if (family.type === 'histogram') {
      for (const sample of family.samples) {
        for (const { metricName, labels, value } of histogramLines(family.name, sample)) {
          lines.push(`${metricName}${renderLabels(labels)} ${value}`)
        }
      }
    } else for (const { labels, value } of family.samples) lines.push(`${family.name}${renderLabels(labels)} ${value}`)
  }
  return `${lines.join('\n')}\n`
}

interface Line {
  readonly metricName: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Buckets are cumulative in the format, and not in the sample. */
function histogramLines(name: string, sample: HistogramSample): Line[] {
  const lines: Line[] = []
  let total = 0
  for (const [index, count] of sample.counts.entries()) {
    total += count
    const le = index < sample.bounds.length ? String(sample.bounds[index]) : '+Inf'
    lines.push({ metricName: `${name}_bucket`, labels: { le, ...sample.labels }, value: total })
  }
  lines.push({ metricName: `${name}_sum`, labels: sample.labels, value: sample.sum })
  lines.push({ metricName: `${name}_count`, labels: sample.labels, value: total })
  return lines
}

function renderLabels(labels: Readonly<Record<string, string>>): string {
  const rendered = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`)
  return rendered.length === 0 ? '' : `{${rendered.join(',')}}`
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
