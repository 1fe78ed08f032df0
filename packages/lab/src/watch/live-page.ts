import type { LabResult } from '../result/lab-result.ts'
import type { LiveUpdate } from '../report/live-update.ts'
import { sectionContent } from '../report/page.ts'
import { renderRunPage, runSections } from '../report/run-page.ts'

/** Sections of a live page. They are all there from the start, so that an update only fills them. */
const liveSections = ['summary', 'counts', 'latency', 'time', 'endpoints', 'metrics', 'machine'] as const

/** The page as it is when a browser opens it. */
export function renderLivePage(result: LabResult): string {
  return renderRunPage(result, { live: true })
}

/** What has changed since the markup in `sent`, which is brought up to date. */
export function liveUpdate(result: LabResult, sent: Map<string, string>, finished: boolean): LiveUpdate {
  const sections = runSections(result).filter(({ id }) => (liveSections as readonly string[]).includes(id))
  const changed = sections
    .map((section) => ({ id: section.id, html: sectionContent(section).markup }))
    .filter(({ id, html }) => sent.get(id) !== html)
  for (const { id, html } of changed) sent.set(id, html)
  return { sections: changed, charts: sections.flatMap((section) => section.charts ?? []), finished }
}
