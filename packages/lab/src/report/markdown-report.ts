import type { ComparisonResult } from '../compare/comparison-result.ts'
import type { LabResult } from '../result/lab-result.ts'
import { asShare } from '../stats/estimate.ts'
import { formatChange, formatCount, formatDuration, formatMicroseconds, formatNumber, formatPercent } from './format.ts'
import { latencyCells, latencyColumns, latencyRow } from './latency-table.ts'
import { formatInterval, formatMetric, wantedLines } from './sections/comparison-section.ts'

/** A run as Markdown, short enough for a pull request. */
export function renderRunMarkdown(result: LabResult): string {
  const { meta, users, requests, generator } = result
  const seconds = Math.max(0.001, meta.durationMs / 1000)
  const p95 = latencyRow(result.latency.latency).percentiles.find((each) => each.percent === 95)?.value
  const facts = [
    ...(result.plan.model === 'open'
      ? [
          `${formatCount(users.created)} scenarios, ${formatCount(users.completed)} completed, ${formatCount(users.failed)} failed`,
        ]
      : []),
    `${formatCount(requests.sent)} requests (${formatNumber(requests.sent / seconds)}/s), ${formatPercent(requests.failed / Math.max(1, requests.sent))} failed`,
    `p95 ${p95 === undefined ? 'n too small' : formatMicroseconds(p95)}`,
  ]
  return page([
    `## ${text(meta.name)}`,
    `${text(result.plan.target)}, ${formatDuration(meta.durationMs)}${result.status === 'partial' ? ' (**partial**)' : ''}: ${facts.join('; ')}.`,
    generator.verdict === 'ok'
      ? undefined
      : `**The generator was ${generator.verdict}**: ${text(generator.reasons.map((reason) => reason.message).join('; '))}.`,
    table(
      ['Latency in ms', ...latencyColumns.map((column) => column.title)],
      result.endpoints.length > 0
        ? [
            ...result.endpoints.map((each) => [each.name, ...latencyCells(each.latency)]),
            ['all', ...latencyCells(result.latency.latency)],
          ]
        : [['all', ...latencyCells(result.latency.latency)]],
    ),
    counts('Codes', result.codes),
    result.errors.length === 0
      ? undefined
      : table(
          ['Error', 'Count'],
          result.errors.map((error) => [error.code, formatCount(error.count)]),
        ),
    result.checks.length === 0
      ? undefined
      : table(
          ['Check', 'Outcome', 'Expected', 'Actual'],
          result.checks.map((check) => [check.name, check.status, check.expected ?? '', check.actual ?? '']),
        ),
  ])
}

/** A comparison as Markdown. */
export function renderComparisonMarkdown(comparison: ComparisonResult): string {
  const { a, b, verdict } = comparison
  return page([
    `## ${text(comparison.name)}: ${verdict.status}`,
    text(verdict.sentence),
    list(verdict.reasons),
    verdict.wanted === undefined ? undefined : `Still needed: ${wantedLines(verdict.wanted).join('; or ')}.`,
    table(
      ['Metric', 'A', 'B', 'Change', '95 % interval', 'Verdict'],
      comparison.metrics.map((metric) => [
        metric.title,
        formatMetric(metric.a, metric.unit),
        formatMetric(metric.b, metric.unit),
        formatChange(asShare(metric.estimate.logRatio)),
        formatInterval(metric),
        metric.verdict.status,
      ]),
    ),
    `A: ${text(a.label)} (${text(a.source)}). B: ${text(b.label)} (${text(b.source)}).`,
    list(comparison.caveats),
  ])
}

function page(parts: readonly (string | undefined)[]): string {
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`
}

function counts(title: string, values: Readonly<Record<string, number>>): string | undefined {
  const entries = Object.entries(values)
  if (entries.length === 0) return undefined
  return `${title}: ${entries.map(([name, count]) => `${text(name)} × ${formatCount(count)}`).join(', ')}`
}

function list(lines: readonly string[]): string | undefined {
  return lines.length === 0 ? undefined : lines.map((line) => `- ${text(line)}`).join('\n')
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => text(cell)).join(' | ')} |`
  const rule = `| ${head.map((_, index) => (index === 0 ? '---' : '---:')).join(' | ')} |`
  return [line(head), rule, ...rows.map((row) => line(row))].join('\n')
}

/** Keeps text of the server under test from becoming Markdown, HTML, a table cell or a mention. */
function text(value: string): string {
  return value
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/[\\`*_[\]<>|~#]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('@', '@\u200b')
}
