import type { LabResult } from '../../result/lab-result.ts'
import { scenarioTitle } from '../../result/scenario-title.ts'
import { formatCount, formatDuration, formatPercent } from '../format.ts'
import { html, type Html } from '../html.ts'
import { latencyRow } from '../latency-table.ts'
import { formatMicroseconds } from '../format.ts'
import { table, type ReportSection } from './section.ts'

/** Scenario counts, status codes and errors. */
export function countsSection(result: LabResult): ReportSection {
  return {
    id: 'counts',
    title: 'Scenarios, codes, errors',
    body: html`<div class="columns">${scenarios(result)} ${codes(result)}</div>
      ${errors(result)}`,
  }
}

function scenarios(result: LabResult): Html | undefined {
  if (result.scenarios.length === 0) return undefined
  const created = result.scenarios.reduce((sum, scenario) => sum + scenario.created, 0)
  return table(
    'Scenario counts',
    [
      { title: 'Scenario' },
      ...['Created', 'Share', 'Completed', 'Failed', 'Median session'].map((title) => ({ title, numeric: true })),
    ],
    result.scenarios.map((scenario) => {
      const session = latencyRow(scenario.session).percentiles[0]?.value
      return [
        scenarioTitle(scenario.name),
        formatCount(scenario.created),
        formatPercent(scenario.created / Math.max(1, created)),
        formatCount(scenario.completed),
        formatCount(scenario.failed),
        session === undefined ? 'n too small' : formatMicroseconds(session),
      ]
    }),
  )
}

function codes(result: LabResult): Html {
  const entries = Object.entries(result.codes).toSorted(([a], [b]) => a.localeCompare(b))
  const total = entries.reduce((sum, [, count]) => sum + count, 0)
  return table(
    'Codes',
    [{ title: 'Status' }, { title: 'Responses', numeric: true }, { title: 'Share', numeric: true }],
    entries.map(([code, count]) => [code, formatCount(count), formatPercent(count / Math.max(1, total))]),
  )
}

function errors(result: LabResult): Html {
  if (result.errors.length === 0) return html`<p class="note">No errors.</p>`
  const seen = (ms: number): string => formatDuration(ms)
  return table(
    'Errors',
    [
      { title: 'Error' },
      { title: 'Count', numeric: true },
      { title: 'First', numeric: true },
      { title: 'Last', numeric: true },
      { title: 'Example' },
    ],
    result.errors
      .toSorted((a, b) => b.count - a.count)
      .map((error) => [error.code, formatCount(error.count), seen(error.firstMs), seen(error.lastMs), error.message]),
  )
}
