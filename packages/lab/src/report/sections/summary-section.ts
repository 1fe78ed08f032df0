import type { Check, LabResult } from '../../result/lab-result.ts'
import { formatBytes, formatCount, formatDuration, formatMicroseconds, formatNumber, formatPercent } from '../format.ts'
import { html, join, type Html } from '../html.ts'
import { latencyRow } from '../latency-table.ts'
import { badge, notice, table, tiles, type ReportSection, type Tone } from './section.ts'

/** What happened, in a few figures, with everything that weakens them said first. */
export function summarySection(result: LabResult): ReportSection {
  return {
    id: 'summary',
    title: 'Summary',
    body: html`${badges(result)} ${join(notices(result))} ${figures(result)} ${checksTable(result.checks)}`,
  }
}

/** The reason for which a live result is partial. */
export const stillRunning = 'it is still running'

function badges(result: LabResult): Html {
  const health: Readonly<Record<string, Tone>> = { ok: 'good', degraded: 'warn', limited: 'bad' }
  const { verdict } = result.generator
  const judged = result.checks.filter((check) => check.status !== 'not-evaluated')
  const failed = judged.filter((check) => check.status === 'failed').length
  const open = result.checks.length - judged.length
  return html`<p class="badges">
    ${stateBadge(result)} ${badge(health[verdict] ?? 'plain', `generator ${verdict}`)}
    ${judged.length > 0 && badge(failed === 0 ? 'good' : 'bad', `${judged.length - failed} of ${judged.length} checks passed`)}
    ${open > 0 && badge('warn', `${open} not evaluated`)}
  </p>`
}

function stateBadge({ status, partialReason }: LabResult): Html {
  if (status === 'complete') return badge('good', 'complete')
  return partialReason === stillRunning ? badge('plain', 'still running') : badge('warn', 'partial run')
}

function notices(result: LabResult): Html[] {
  const { verdict, reasons } = result.generator
  const found: Html[] = []
  if (verdict !== 'ok')
    found.push(
      notice(
        verdict === 'limited' ? 'bad' : 'warn',
        verdict === 'limited'
          ? 'The generator was the limit: these figures judge this machine, not the server'
          : 'The generator did not keep fully to its plan',
        reasons.map((reason) => reason.message),
      ),
    )
  if (result.status === 'partial' && result.partialReason !== stillRunning)
    found.push(
      notice('warn', 'The run was stopped before its plan was done', [
        result.partialReason ?? 'no reason was recorded',
      ]),
    )
  if (result.warnings.length > 0) found.push(notice('warn', 'Warnings', result.warnings))
  return found
}

function figures(result: LabResult): Html {
  const { users, requests, meta, generator } = result
  const latency = latencyRow(result.latency.latency)
  const seconds = Math.max(0.001, meta.durationMs / 1000)
  const percentile = (percent: number): string => {
    const value = latency.percentiles.find((each) => each.percent === percent)?.value
    return value === undefined ? 'n too small' : formatMicroseconds(value)
  }
  const open = result.plan.model === 'open'
  return tiles([
    { label: 'Test duration', value: formatDuration(meta.durationMs) },
    ...(open ? userTiles(result) : []),
    {
      label: 'Requests',
      value: formatCount(requests.sent),
      note: `${formatNumber(requests.sent / seconds)} per second`,
    },
    { label: 'Median latency', value: percentile(50) },
    { label: 'p95', value: percentile(95) },
    { label: 'p99', value: percentile(99) },
    { label: 'Slowest', value: latency.max === undefined ? '–' : formatMicroseconds(latency.max) },
    {
      label: 'Failed requests',
      value: formatCount(requests.failed),
      note: formatPercent(requests.failed / Math.max(1, requests.sent)),
    },
    ...(open
      ? [
          {
            label: 'Arrivals, achieved of intended',
            value: `${formatCount(generator.arrivals)} / ${formatCount(generator.intendedArrivals)}`,
            note: `${formatCount(users.skipped)} skipped`,
          },
        ]
      : [{ label: 'Connections', value: formatCount(result.plan.connections ?? requests.connections) }]),
    { label: 'Received', value: formatBytes(requests.bytesReceived) },
  ])
}

function userTiles(result: LabResult): { readonly label: string; readonly value: string; readonly note?: string }[] {
  const { users } = result
  const share = formatPercent(users.completed / Math.max(1, users.created))
  return [
    { label: 'Scenarios created', value: formatCount(users.created) },
    { label: 'Scenarios completed', value: formatCount(users.completed), note: share },
    { label: 'Scenarios failed', value: formatCount(users.failed) },
  ]
}

const checkTones: Readonly<Record<Check['status'], Tone>> = { passed: 'good', failed: 'bad', 'not-evaluated': 'warn' }

function checksTable(checks: readonly Check[]): Html | undefined {
  if (checks.length === 0) return undefined
  return table(
    'Checks',
    [{ title: 'Check' }, { title: 'Outcome' }, { title: 'Expected' }, { title: 'Actual' }, { title: 'Kind' }],
    checks.map((check) => [
      check.name,
      badge(checkTones[check.status], check.status.replace('-', ' ')),
      check.expected ?? '',
      check.actual ?? (check.failed === undefined ? '' : `${check.passed ?? 0} passed, ${check.failed} failed`),
      `${check.source}${check.strict ? '' : ', advisory'}`,
    ]),
  )
}
