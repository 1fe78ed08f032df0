/** Reports of runs and comparisons: one HTML file, Markdown, JUnit, JSON. */
export { renderComparisonPage } from './report/comparison-page.ts'
export { summarizeRun, type RunSummary } from './report/json-report.ts'
export { renderComparisonJunit, renderRunJunit } from './report/junit-report.ts'
export { renderComparisonMarkdown, renderRunMarkdown } from './report/markdown-report.ts'
export { renderRunPage } from './report/run-page.ts'
