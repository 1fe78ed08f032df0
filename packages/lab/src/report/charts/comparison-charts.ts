import type { ComparedMetric, ComparisonBlock, ComparisonResult } from '../../compare/comparison-result.ts'
import type { ChartSpec } from '../chart-spec.ts'
import { distributionChart, percentileChart } from './latency-charts.ts'

/** The charts of a comparison: each headline metric block by block, and the latencies of both sides over each other. */
export function comparisonCharts(comparison: ComparisonResult): ChartSpec[] {
  const { a, b } = comparison
  const sides = (part: 'latency' | 'service') => [
    { label: `A: ${a.label}`, color: 0, histogram: a[part] },
    { label: `B: ${b.label}`, color: 1, histogram: b[part] },
  ]
  const blocks = comparison.metrics
    .filter((metric) => metric.role === 'headline' && comparison.blocks.length > 1)
    .map((metric) => blockChart(metric, comparison.blocks))
  if (a.latency.count + b.latency.count === 0) return blocks
  return [
    ...blocks,
    percentileChart('percentiles', 'Latency by percentile', sides('latency')),
    distributionChart('distribution', 'Latency distribution', sides('latency')),
  ]
}

const quantities = { 'per-second': 'rate', us: 'microseconds', bytes: 'bytes' } as const

function blockChart(metric: ComparedMetric, blocks: readonly ComparisonBlock[]): ChartSpec {
  const value = (side: 'a' | 'b') => blocks.map((block) => metricOf(metric.name, block[side]))
  return {
    id: `blocks-${metric.name}`,
    title: `${metric.title}, block by block`,
    description: 'Both sides rise and fall with the machine; only their distance within a block counts.',
    x: { label: 'block', quantity: 'count' },
    y: { label: metric.title.charAt(0).toLowerCase() + metric.title.slice(1), quantity: quantities[metric.unit] },
    xValues: blocks.map((block) => block.index + 1),
    series: [
      { label: 'A', color: 0, kind: 'line', values: value('a') },
      { label: 'B', color: 1, kind: 'line', values: value('b') },
    ],
  }
}

function metricOf(name: ComparedMetric['name'], burst: ComparisonBlock['a']): number | null {
  const values = {
    requestRate: burst.requestRate,
    cpuPerRequest: burst.cpuPerRequestUs,
    latencyP50: burst.p50Us,
    latencyP95: burst.p95Us,
    latencyP99: burst.p99Us,
    peakRss: burst.peakRssBytes,
  }
  return values[name] ?? null
}
