import type { LabResult } from '../result/lab-result.ts'
import { formatDuration, formatMoment } from './format.ts'
import { renderPage } from './page.ts'
import { countsSection } from './sections/counts-section.ts'
import { customSection } from './sections/custom-section.ts'
import { endpointsSection } from './sections/endpoints-section.ts'
import { latencySection } from './sections/latency-section.ts'
import { machineSection } from './sections/machine-section.ts'
import type { ReportSection } from './sections/section.ts'
import { summarySection } from './sections/summary-section.ts'
import { timeSection } from './sections/time-section.ts'

/** The HTML report of one run, as one self-contained file. */
export function renderRunPage(result: LabResult, options: { readonly live?: boolean } = {}): string {
  const { meta } = result
  return renderPage({
    title: meta.name,
    subtitle: `${result.plan.target} · ${formatMoment(meta.startedAtEpochMs)} · ${formatDuration(meta.durationMs)}`,
    sections: runSections(result),
    live: options.live === true,
  })
}

export function runSections(result: LabResult): ReportSection[] {
  return [
    summarySection(result),
    countsSection(result),
    latencySection(result),
    timeSection(result),
    endpointsSection(result),
    customSection(result),
    machineSection(result),
  ].filter((section) => section !== undefined)
}
