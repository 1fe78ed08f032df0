import type { LabResult } from '../../result/lab-result.ts'
import { timeCharts } from '../charts/time-charts.ts'
import { formatCount, formatDuration } from '../format.ts'
import { html, join, type Html } from '../html.ts'
import { chartSlot, table, type ReportSection } from './section.ts'

/** How the run went over time, with its phases and markers. */
export function timeSection(result: LabResult): ReportSection {
  const charts = timeCharts(result)
  return {
    id: 'time',
    title: 'Over time',
    body: html`<div class="charts">${join(charts.map((chart) => chartSlot(chart)))}</div>
      ${phases(result)} ${markers(result)}`,
    charts,
  }
}

function phases(result: LabResult): Html | undefined {
  if (result.phases.length === 0) return undefined
  const numbers = ['Start', 'Length', 'Intended', 'Arrived', 'Skipped', 'Late'].map((title) => ({
    title,
    numeric: true,
  }))
  return table(
    'Phases',
    [{ title: 'Phase' }, ...numbers],
    result.phases.map((phase) => [
      phase.name,
      formatDuration(phase.startMs),
      formatDuration(phase.endMs - phase.startMs),
      formatCount(phase.intendedArrivals),
      formatCount(phase.arrivals),
      formatCount(phase.skipped),
      formatCount(phase.late),
    ]),
  )
}

function markers(result: LabResult): Html | undefined {
  if (result.markers.length === 0) return undefined
  return table(
    'Deployment markers',
    [{ title: 'Marker' }, { title: 'At', numeric: true }, { title: 'Kind' }, { title: 'Detail' }],
    result.markers.map((marker) => [marker.label, formatDuration(marker.atMs), marker.kind, marker.detail ?? '']),
  )
}
