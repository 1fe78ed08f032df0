import { test } from 'node:test'
import assert from 'node:assert/strict'
import { get, request } from 'node:http'
import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { isLabError } from '../../src/index.ts'
import type { LiveUpdate } from '../../src/report/live-update.ts'
import { LiveResult } from '../../src/watch/live-result.ts'
import { WatchServer } from '../../src/watch/watch-server.ts'
import { browserSkip, launchBrowser } from '../support/browser.ts'
import { sampleProgress } from '../support/sample-progress.ts'
import { sampleResult } from '../support/sample-result.ts'

const { result } = sampleResult({ seconds: 30 })
const progress = sampleProgress(result)
const facts = { name: 'live run', target: 'http://api.test', model: 'open' } as const

async function readText(response: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return text
}

async function fetchText(
  url: string,
  headers: Record<string, string> = {},
  method = 'GET',
): Promise<{ status: number; text: string }> {
  const sent = request(url, { headers, method, agent: false })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, text: await readText(response) }
}

/** Reads server-sent updates one by one. */
async function* updates(url: string): AsyncGenerator<LiveUpdate> {
  const sent = get(`${url}events`, { agent: false })
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of response) {
    text += String(chunk)
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      yield JSON.parse(text.slice(0, end).replace(/^event: update\ndata: /, '')) as LiveUpdate
      text = text.slice(end + 2)
    }
  }
}

test('the page follows the run, and ends with its whole report', async () => {
  await using server = await WatchServer.start(facts)
  assert.match((await fetchText(server.url)).text, /has not started yet/)
  for (const each of progress.slice(0, 10)) server.update(each)
  const page = await fetchText(server.url)
  assert.match(page.text, /data-live/)
  assert.match(page.text, /still running/)
  const stream = updates(server.url)
  const first = (await stream.next()).value as LiveUpdate
  assert.equal(first.finished, false)
  assert.equal(first.charts.find((chart) => chart.id === 'request-rate')?.xValues.length, 10)
  for (const each of progress.slice(10, 12)) server.update(each)
  const second = (await stream.next()).value as LiveUpdate
  assert.equal(second.charts.find((chart) => chart.id === 'request-rate')?.xValues.length, 11)
  assert.ok(second.sections.length < first.sections.length, 'only what changed is sent')
  await stream.next()
  server.finish(result)
  const last = (await stream.next()).value as LiveUpdate
  assert.equal(last.finished, true)
  assert.match(last.sections.find((section) => section.id === 'summary')?.html ?? '', /1 of 3 checks passed/)
  await stream.return(undefined)
})

test('other names, other methods and other paths are refused', async () => {
  await using server = await WatchServer.start(facts)
  assert.equal((await fetchText(server.url, { host: 'evil.test' })).status, 403)
  assert.equal((await fetchText(server.url, { host: 'localhost:1' })).status, 200)
  assert.equal((await fetchText(server.url, {}, 'POST')).status, 405)
  assert.equal((await fetchText(`${server.url}x`)).status, 404)
})

test('a port that is taken is an error with its number', async () => {
  await using server = await WatchServer.start(facts)
  const port = Number(new URL(server.url).port)
  await assert.rejects(
    WatchServer.start({ ...facts, port }),
    (error) => isLabError(error) && error.code === 'EK_LAB_WATCH' && error.message.includes(String(port)),
  )
})

test('hours of progress stay small: slices are joined, and the latencies stay exact', () => {
  const live = new LiveResult(facts)
  const bins = sampleResult({ seconds: 60, ratePerSecond: 5 }).result.series.bins
  const base = progress[0]
  assert.ok(base !== undefined)
  const seconds = 3 * 3600
  for (let second = 0; second < seconds; second += 60)
    live.update({
      ...base,
      elapsedMs: (second + 60) * 1000,
      bins: bins.map((bin) => ({ ...bin, startMs: bin.startMs + second * 1000 })),
    })
  const snapshot = live.snapshot()
  assert.ok((snapshot?.series.bins.length ?? 999) <= 240)
  assert.equal(snapshot?.latency.latency.count, 5 * seconds)
  const counted = snapshot?.series.bins.reduce((sum, bin) => sum + bin.latency.count, 0)
  assert.equal(counted, 5 * seconds)
})

test(
  'in a browser: charts grow, the focus stays, nothing is complained about',
  { skip: browserSkip, timeout: 60_000 },
  async () => {
    await using server = await WatchServer.start(facts)
    for (const each of progress.slice(0, 8)) server.update(each)
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      const complaints: string[] = []
      page.on('console', (message) => complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(error.message))
      await page.goto(server.url)
      await page.getByText('live', { exact: true }).waitFor()
      const rows = page.locator('[data-chart="request-rate"] .data tr')
      await page.locator('[data-chart="request-rate"] .plot').focus()
      for (const each of progress.slice(8, 20)) server.update(each)
      await page.locator('#summary dd', { hasText: '1,000' }).first().waitFor({ timeout: 10_000 })
      assert.equal(await page.evaluate('document.activeElement.className'), 'plot')
      await page.locator('[data-chart="request-rate"] [data-chart-table]').click()
      assert.equal(await rows.count(), 21)
      server.finish(result)
      await page.getByText('finished', { exact: true }).waitFor()
      await page.getByText('1 of 3 checks passed').waitFor()
      assert.deepEqual(complaints, [])
    } finally {
      await browser.close()
    }
  },
)
