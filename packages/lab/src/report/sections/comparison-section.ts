import type {
  ComparedMetric,
  ComparisonResult,
  MetricCalibration,
  VariantFacts,
} from '../../compare/comparison-result.ts'
import { isStartedByLab } from '../../compare/variant-spec.ts'
import { asShare } from '../../stats/estimate.ts'
import type { VerdictStatus } from '../../stats/verdict.ts'
import { comparisonCharts } from '../charts/comparison-charts.ts'
import {
  formatBytes,
  formatChange,
  formatCount,
  formatDuration,
  formatMicroseconds,
  formatMoment,
  formatNumber,
  formatPercent,
} from '../format.ts'
import { html, join, type Html } from '../html.ts'
import { latencyCells, latencyColumns } from '../latency-table.ts'
import { intervalPlot } from './interval-plot.ts'
import { badge, chartSlot, notice, table, type ReportSection, type Tone } from './section.ts'

const tones: Readonly<Record<VerdictStatus, Tone>> = {
  faster: 'good',
  slower: 'bad',
  equivalent: 'good',
  inconclusive: 'warn',
}

/** The sections of a comparison's page. */
export function comparisonSections(comparison: ComparisonResult): ReportSection[] {
  const charts = comparisonCharts(comparison)
  return [
    { id: 'verdict', title: 'Verdict', body: verdictBody(comparison) },
    { id: 'metrics', title: 'Metrics', body: metricsBody(comparison) },
    {
      id: 'charts',
      title: 'Blocks and latencies',
      body: html`<div class="charts">${join(charts.map((chart) => chartSlot(chart)))}</div>
        ${latencyTable(comparison)}`,
      charts,
    },
    { id: 'variants', title: 'What was compared', body: variantsBody(comparison) },
  ]
}

function verdictBody(comparison: ComparisonResult): Html {
  const { verdict, caveats } = comparison
  return html`<p class="verdict">${badge(tones[verdict.status], verdict.status)} ${verdict.sentence}</p>
    ${verdict.reasons.length > 0 && (verdict.status === 'inconclusive' ? notice('warn', 'Because', verdict.reasons) : notice('plain', 'Beside that', verdict.reasons))}
    ${verdict.wanted !== undefined && notice('plain', 'What would settle it', wantedLines(verdict.wanted))}
    ${join((comparison.calibrations ?? []).map((each) => calibrationNotice(each, comparison)))}
    ${caveats.length > 0 && notice('plain', 'Before believing the figures', caveats)}`
}

/** Sentences on the blocks that an inconclusive comparison still needs. */
export function wantedLines(wanted: NonNullable<ComparisonResult['verdict']['wanted']>): string[] {
  const { blocksForDifference, blocksForEquivalence } = wanted
  const lines: string[] = []
  if (blocksForDifference !== undefined)
    lines.push(`about ${formatCount(blocksForDifference)} more blocks, if the difference seen so far is real`)
  if (blocksForEquivalence !== undefined)
    lines.push(`about ${formatCount(blocksForEquivalence)} more blocks to show that the two are equivalent`)
  return lines.length > 0 ? lines : ['a quieter machine: no practical number of blocks would do']
}

function calibrationNotice(calibration: MetricCalibration, comparison: ComparisonResult): Html {
  const { falseAlarms, trustworthy, subsetBlocks } = calibration
  const metric = comparison.metrics.find((each) => each.name === calibration.metric)?.title ?? calibration.metric
  return notice(
    trustworthy ? 'good' : calibration.weakness === 'coarse' ? 'warn' : 'bad',
    `Calibration, ${metric}: the server was compared with itself`,
    [
      `${formatPercent(falseAlarms.share)} of ${falseAlarms.trials} draws of ${subsetBlocks} blocks would have called a difference`,
      `the smallest change that all blocks together find: ${detectableText(calibration)}`,
      calibrationSentence(calibration),
    ],
  )
}

/** The smallest change that is found, as a share. */
export function detectableText({ minimumDetectableShare }: MetricCalibration): string {
  return Number.isFinite(minimumDetectableShare)
    ? `±${formatPercent(minimumDetectableShare)}`
    : 'unknown, too few blocks'
}

/** What a calibration means for the verdicts of its metric. */
export function calibrationSentence({ weakness }: MetricCalibration): string {
  if (weakness === 'biased')
    return 'not trustworthy: the same server was told from itself, so verdicts of this metric here are not to be believed'
  if (weakness === 'coarse')
    return 'too coarse: only large changes are found; more blocks, longer bursts or more load make it finer'
  return 'trustworthy: verdicts of this metric here can be believed'
}

function metricsBody(comparison: ComparisonResult): Html {
  const columns = ['A', 'B', 'Change', '95 % interval', 'p, corrected', 'Smallest detectable', "Cliff's delta"]
  return html`${intervalPlot(comparison.metrics, comparison.settings.marginShare)}
  ${table(
    'Medians and what they allow to say',
    [{ title: 'Metric' }, { title: 'Verdict' }, ...columns.map((title) => ({ title, numeric: true }))],
    comparison.metrics.map((metric) => [
      metricName(metric),
      badge(tones[metric.verdict.status], metric.verdict.status),
      ...metricCells(metric),
    ]),
  )}`
}

function metricName(metric: ComparedMetric): string {
  return metric.role === 'headline' ? metric.title : `${metric.title} (secondary)`
}

function metricCells(metric: ComparedMetric): string[] {
  const { estimate, verdict } = metric
  return [
    formatMetric(metric.a, metric.unit),
    formatMetric(metric.b, metric.unit),
    formatChange(asShare(estimate.logRatio)),
    formatInterval(metric),
    metric.adjustedPValue < 0.001 ? '< 0.001' : metric.adjustedPValue.toFixed(3),
    Number.isFinite(verdict.minimumDetectableShare) ? `±${formatPercent(verdict.minimumDetectableShare)}` : 'unknown',
    metric.cliffsDelta.toFixed(2),
  ]
}

export function formatInterval(metric: ComparedMetric): string {
  const { low, high } = metric.estimate
  if (!Number.isFinite(low) || !Number.isFinite(high)) return 'too few blocks'
  return `${formatChange(asShare(low))} … ${formatChange(asShare(high))}`
}

export function formatMetric(value: number, unit: ComparedMetric['unit']): string {
  if (unit === 'us') return formatMicroseconds(value)
  return unit === 'bytes' ? formatBytes(value) : `${formatNumber(value)}/s`
}

function loadText({ script, requestRate, connections }: ComparisonResult['settings']): string {
  if (script !== undefined) return `${Number(script.usersPerSecond.toFixed(2))} users/s of ${script.file}`
  return requestRate === undefined
    ? `${connections} connections, closed`
    : `${requestRate} requests/s over ${connections} connections`
}

function latencyTable(comparison: ComparisonResult): Html | undefined {
  if (comparison.a.latency.count + comparison.b.latency.count === 0) return undefined
  return table(
    'Latency of all bursts together, in milliseconds',
    [{ title: 'Side' }, ...latencyColumns],
    [
      [`A: ${comparison.a.label}`, ...latencyCells(comparison.a.latency)],
      [`B: ${comparison.b.label}`, ...latencyCells(comparison.b.latency)],
    ],
  )
}

function startsText({ mode, settings, a, b }: ComparisonResult): string {
  if (mode === 'results') return 'none: stored results'
  const ours = [a, b].filter(({ kind }) => isStartedByLab(kind)).length
  if (ours === 0) return 'none: both ran already'
  const each = settings.restart ? 'anew for each block' : 'once for all blocks'
  const which = ours === 2 ? '' : `, ${isStartedByLab(a.kind) ? 'A' : 'B'} only`
  const { warmUpMs = 0 } = settings
  return `${each}${which}${warmUpMs > 0 ? `, each warmed for ${formatDuration(warmUpMs)}` : ''}`
}

function variantsBody(comparison: ComparisonResult): Html {
  const { a, b, settings, machine } = comparison
  const facts = [...new Set([...Object.keys(a.versions), ...Object.keys(b.versions)])]
  const row = (name: string, pick: (side: VariantFacts) => string | undefined) => [name, pick(a) ?? '–', pick(b) ?? '–']
  const codes = (side: VariantFacts): string =>
    Object.entries(side.codes)
      .map(([code, count]) => `${code}: ${formatCount(count)}`)
      .join(', ')
  return html`${table(
    'Sides',
    [{ title: 'Fact' }, { title: 'A' }, { title: 'B' }],
    [
      row('Name', (side) => side.label),
      row('Given as', (side) => `${side.kind}: ${side.source}`),
      row('Target', (side) => side.target),
      row('Command', (side) => side.command),
      row('Revision', (side) => side.revision),
      row('Flags', (side) => side.flags),
      ...facts.map((fact) => row(fact, (side) => side.versions[fact])),
      row('Requests', (side) => formatCount(side.requests)),
      row('Failed', (side) => formatCount(side.failed)),
      row('Codes', codes),
    ],
  )}
  ${table(
    'Settings',
    [{ title: 'Setting' }, { title: 'Value' }],
    [
      ['Blocks', `${settings.blocks} measured, ${settings.warmUpBlocks} to warm up`],
      ['Burst', formatDuration(settings.burstMs)],
      ['Load', loadText(settings)],
      ['Margin of equality', `±${formatPercent(settings.marginShare)}`],
      ['Seed', String(settings.seed)],
      ['Starts of servers', startsText(comparison)],
      ['Started', `${formatMoment(comparison.startedAtEpochMs)}, took ${formatDuration(comparison.durationMs)}`],
      ['Machine', `${machine.hostname}, ${machine.cpus} × ${machine.cpuModel}, ${machine.platform} ${machine.release}`],
      ['Lab', comparison.labVersion],
    ],
  )}`
}
