import { test } from 'node:test'
import assert from 'node:assert/strict'
import { renderRunPage } from '../../src/report/run-page.ts'
import { sampleResult } from '../support/sample-result.ts'

const { result } = sampleResult({ seconds: 60 })
const page = renderRunPage(result)

/** The page without what is inside its style and script elements. */
function visible(markup: string): string {
  return markup.replaceAll(/<(style|script)\b[\s\S]*?<\/\1>/g, '')
}

function chartsOf(markup: string): { id: string; bands?: { label: string }[]; markers?: { label: string }[] }[] {
  const text = /<script type="application\/json" id="charts-data">(.*?)<\/script>/s.exec(markup)?.[1] ?? ''
  return JSON.parse(text) as ReturnType<typeof chartsOf>
}

test("the page holds what the talk's report page showed", () => {
  for (const word of [
    'Test duration',
    'Scenarios created',
    'Scenarios completed',
    'Scenario counts',
    'Codes',
    'Errors',
    'ETIMEDOUT',
    'Overall latency distribution',
    'Latency over time',
    'Concurrent users and arrivals',
    'Requests per second',
    'Latency by percentile',
    'user flow',
  ])
    assert.ok(visible(page).includes(word), word)
})

test('charts over time carry the phases and the deployment markers', () => {
  const overTime = chartsOf(page).filter((chart) => chart.id.endsWith('over-time') || chart.id === 'request-rate')
  assert.equal(overTime.length, 4)
  for (const chart of overTime) {
    assert.deepEqual(
      chart.bands?.map((band) => band.label),
      ['warm up', 'load'],
    )
    assert.deepEqual(
      chart.markers?.map((marker) => marker.label),
      ['deployed v2'],
    )
  }
})

test('a page of a 30 min run with 20 endpoints stays below 1 MB and names no other host', () => {
  const long = renderRunPage(sampleResult({ seconds: 1800, endpoints: 20, ratePerSecond: 20 }).result)
  assert.ok(long.length < 1_000_000, `${long.length} bytes`)
  assert.doesNotMatch(visible(long), /(?:src|href)="(?!#|data:)/)
  assert.doesNotMatch(long, /@import|url\(\s*['"]?http/)
})

test('the percentiles that a small sample does not support are not printed', () => {
  const small = renderRunPage(sampleResult({ seconds: 1, ratePerSecond: 3, endpoints: 1 }).result)
  assert.match(visible(small), /n too small \(59\)/)
  assert.match(visible(small), /n too small \(299\)/)
})

test('a partial run of a limited generator says so before any figure', () => {
  const limited = renderRunPage({
    ...result,
    status: 'partial',
    partialReason: 'SIGINT',
    generator: { ...result.generator, verdict: 'limited' },
  })
  const text = visible(limited)
  assert.ok(text.indexOf('these figures judge this machine') < text.indexOf('Test duration'))
  assert.ok(text.indexOf('SIGINT') < text.indexOf('Test duration'))
})

test('a run that sent nothing still has a page', () => {
  const empty = sampleResult({ seconds: 0 }).result
  const text = visible(renderRunPage({ ...empty, endpoints: [], scenarios: [], errors: [], checks: [], markers: [] }))
  assert.match(text, /No errors\./)
  assert.doesNotMatch(text, /NaN|Infinity|undefined/)
})

test('text of a hostile server never becomes markup or script', () => {
  const payloads = [
    '<script>window.hacked=1</script>',
    '"><img src=x onerror=window.hacked=1>',
    '</script><script>window.hacked=1</script>',
    "' onmouseover='window.hacked=1",
    '<!--<script>',
    ']]></style><svg onload=window.hacked=1>',
  ]
  for (const hostileText of payloads) {
    const markup = renderRunPage(sampleResult({ seconds: 20, hostileText }).result)
    assert.equal(markup.match(/<script\b/g)?.length, page.match(/<script\b/g)?.length, hostileText)
    assert.equal(markup.match(/<\/script>/g)?.length, page.match(/<\/script>/g)?.length, hostileText)
    assert.doesNotMatch(visible(markup), /<img|<svg onload|<!--|<[a-z][^>]*\son\w+=/, hostileText)
    assert.ok(chartsOf(markup).length > 5, 'the charts can still be read')
  }
})

test('thousands of endpoints and endless messages do not make an endless page', () => {
  const [endpoint] = result.endpoints
  const [error] = result.errors
  assert.ok(endpoint !== undefined && error !== undefined)
  const crowded = renderRunPage({
    ...result,
    endpoints: Array.from({ length: 5000 }, (_, index) => ({ ...endpoint, name: `GET /${index}` })),
    errors: [{ ...error, message: 'x'.repeat(1_000_000) }],
  })
  assert.ok(crowded.length < 1_500_000, `${crowded.length} bytes`)
  assert.match(crowded, /4750 endpoints with fewer requests are only in the result file/)
  assert.match(crowded, /… \(1000000 characters\)/)
})
