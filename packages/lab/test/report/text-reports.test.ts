import { test } from 'node:test'
import assert from 'node:assert/strict'
import { summarizeRun } from '../../src/report/json-report.ts'
import { renderRunJunit } from '../../src/report/junit-report.ts'
import { renderRunMarkdown } from '../../src/report/markdown-report.ts'
import { sampleResult } from '../support/sample-result.ts'

const { result } = sampleResult({ seconds: 30 })

test('Markdown: a short summary with a table of latencies, codes, errors and checks', () => {
  const text = renderRunMarkdown(result)
  assert.match(text, /^## Sign-up, log-in, profile\n/)
  assert.match(text, /1,500 scenarios, 1,497 completed, 3 failed/)
  assert.match(text, /\*\*The generator was degraded\*\*/)
  assert.match(text, /\| Latency in ms \| n \| min \|/)
  assert.match(text, /Codes: 200 × 1,467, 404 × 30/)
  assert.match(text, /\| ETIMEDOUT \| 3 \|/)
  assert.match(text, /\| http\.response\\_time\.p99 \| failed \|/)
})

test('Markdown: hostile text stays text, in one cell, and mentions nobody', () => {
  const hostileText = 'a|b\n# head <img src=x> [x](javascript:1) @team `c` *d*'
  const text = renderRunMarkdown(sampleResult({ seconds: 20, hostileText }).result)
  assert.doesNotMatch(text, /[^\\]<img|\n# head|[^\\]\]\(|@team|[^\\]`/)
  const tables = text.split('\n').filter((line) => line.startsWith('|'))
  for (const line of tables) assert.match(line, /\|$/)
})

test('JUnit: one case for each check; failures, advice and judgements that were not made are told apart', () => {
  const xml = renderRunJunit(result)
  assert.match(xml, /<testsuite name="Sign-up, log-in, profile" tests="5" failures="1" skipped="1" time="30\.000"/)
  assert.match(xml, /name="ensure: http\.response_time\.p95" time="0"\/>/)
  assert.match(
    xml,
    /name="ensure: http\.response_time\.p99" time="0"><failure message="expected &lt; 10, actual 44"\/>/,
  )
  assert.match(xml, /name="expect: statusCode" time="0"><skipped message="2 failed, 10 passed, advisory"\/>/)
  const limited = renderRunJunit({
    ...result,
    status: 'partial',
    partialReason: 'SIGINT',
    generator: { ...result.generator, verdict: 'limited' },
    checks: result.checks.map((check) => ({ ...check, status: 'not-evaluated' })),
  })
  assert.match(limited, /failures="2" skipped="3"/)
})

test('JUnit: hostile text is escaped and XML stays well-formed', () => {
  const xml = renderRunJunit(sampleResult({ seconds: 10, hostileText: '"/><failure a="\u0000\u0007&' }).result)
  assert.doesNotMatch(xml, /<failure a=|&(?!amp;|lt;|gt;|quot;|#39;)/)
  assert.ok(!xml.split('').some((character) => character < ' ' && character !== '\n'))
})

test('JSON: a versioned summary in which unsupported percentiles are null', () => {
  const summary = summarizeRun(sampleResult({ seconds: 2, ratePerSecond: 100 }).result)
  assert.equal(summary.format, 'evenkeel-lab-summary')
  assert.equal(summary.version, 1)
  assert.equal(summary.latency['count'], 200)
  assert.equal(typeof summary.latency['p95'], 'number')
  assert.equal(summary.latency['p99'], null)
  assert.equal(summary.latency['p99.9'], null)
  assert.deepEqual(JSON.parse(JSON.stringify(summary)), summary)
})
