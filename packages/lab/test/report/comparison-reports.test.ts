import { test } from 'node:test'
import assert from 'node:assert/strict'
import { renderComparisonPage } from '../../src/report/comparison-page.ts'
import { renderComparisonJunit } from '../../src/report/junit-report.ts'
import { renderComparisonMarkdown } from '../../src/report/markdown-report.ts'
import { sampleComparison } from '../support/sample-comparison.ts'

test('a slower B: a failure for CI, a verdict with its interval for people', async () => {
  const comparison = await sampleComparison(0.8)
  const xml = renderComparisonJunit(comparison)
  assert.match(xml, /name="Requests per second: after against before" time="0"><failure message="B is slower than A/)
  const text = renderComparisonMarkdown(comparison)
  assert.match(text, /^## Before and after: slower\n/)
  assert.match(text, /\| Requests per second \| [\d,]+\/s \| [\d,]+\/s \| −\d+\.\d+ % \| −.* … −.* \| slower \|/)
  assert.match(renderComparisonPage(comparison), /<span class="badge bad">slower<\/span> B is slower than A/)
})

test('too few blocks: nothing is claimed and no infinity is printed', async () => {
  const comparison = await sampleComparison(0.9, { blocks: 3 })
  assert.equal(comparison.verdict.status, 'inconclusive')
  for (const text of [renderComparisonPage(comparison), renderComparisonMarkdown(comparison)]) {
    assert.match(text, /too few blocks/)
    assert.doesNotMatch(text.replaceAll(/<script[\s\S]*?<\/script>/g, ''), /Infinity|NaN/)
  }
  assert.match(renderComparisonJunit(comparison), /skipped="\d"/)
})
