import type { ComparisonResult } from '../compare/comparison-result.ts'
import { formatDuration, formatMoment } from './format.ts'
import { renderPage } from './page.ts'
import { comparisonSections } from './sections/comparison-section.ts'

/** The HTML report of a comparison, as one self-contained file. */
export function renderComparisonPage(comparison: ComparisonResult): string {
  const { a, b } = comparison
  return renderPage({
    title: comparison.name,
    subtitle: `A: ${a.label} · B: ${b.label} · ${formatMoment(comparison.startedAtEpochMs)} · ${formatDuration(comparison.durationMs)}`,
    sections: comparisonSections(comparison),
  })
}
