import { after, before, test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { renderComparisonPage } from '../../src/report/comparison-page.ts'
import { renderRunPage } from '../../src/report/run-page.ts'
import { browserSkip, launchBrowser } from '../support/browser.ts'
import { sampleComparison } from '../support/sample-comparison.ts'
import { sampleResult } from '../support/sample-result.ts'

const options = { skip: browserSkip, timeout: 60_000 }
let browser: Browser
let folder: string

before(async () => {
  if (browserSkip !== false) return
  browser = await launchBrowser()
  folder = await mkdtemp(join(tmpdir(), 'lab-page-'))
  await writeFile(join(folder, 'run.html'), renderRunPage(sampleResult({ seconds: 60 }).result))
  await writeFile(join(folder, 'ab.html'), renderComparisonPage(await sampleComparison()))
  const hostileText = '"></script><script>window.hacked=1</script><img src=x onerror=window.hacked=1>'
  await writeFile(join(folder, 'hostile.html'), renderRunPage(sampleResult({ seconds: 20, hostileText }).result))
})

after(async () => {
  if (browserSkip !== false) return
  await browser.close()
  await rm(folder, { recursive: true, force: true })
})

interface Visit {
  readonly page: Page
  /** Console messages, page errors and requests beyond the file itself. */
  readonly complaints: string[]
}

async function visit(
  file: string,
  context: BrowserContextOptions,
  body: (visit: Visit) => Promise<void>,
): Promise<void> {
  const opened = await browser.newContext({ offline: true, ...context })
  const page = await opened.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(`console ${message.type()}: ${message.text()}`))
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:') && !request.url().startsWith('data:'))
      complaints.push(`request: ${request.url()}`)
  })
  await page.goto(pathToFileURL(join(folder, file)).href)
  await page.waitForSelector('.plot canvas')
  await body({ page, complaints })
  await opened.close()
}

/** How many pixels of a chart are drawn; 0 for an empty canvas. */
function drawnPixels(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`[...document.querySelectorAll('.plot canvas')].map((canvas) => {
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return data.filter((value, index) => index % 4 === 3 && value > 0).length
  })`)
}

const screens: Readonly<Record<string, BrowserContextOptions>> = {
  desktop: { viewport: { width: 1280, height: 900 }, colorScheme: 'light' },
  'desktop in the dark': { viewport: { width: 1280, height: 900 }, colorScheme: 'dark' },
  phone: { viewport: { width: 360, height: 740 }, colorScheme: 'dark', isMobile: true, hasTouch: true },
}

for (const [name, context] of Object.entries(screens))
  test(
    `opened from a file without a network on a ${name}: all charts drawn, nothing asked for, nothing too wide`,
    options,
    async () => {
      await visit('run.html', context, async ({ page, complaints }) => {
        const slots = await page.locator('[data-chart]').count()
        const pixels = await drawnPixels(page)
        assert.equal(pixels.length, slots)
        assert.ok(slots >= 9, `${slots} charts`)
        for (const count of pixels) assert.ok(count > 2000, `a chart has ${count} drawn pixels`)
        const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')
        assert.ok(overflow <= 0, `the page is ${overflow} px too wide`)
        assert.deepEqual(complaints, [])
      })
    },
  )

test('the page of a comparison: verdict, intervals, blocks and both latencies', options, async () => {
  await visit('ab.html', { viewport: { width: 360, height: 740 } }, async ({ page, complaints }) => {
    assert.match((await page.locator('#verdict').textContent()) ?? '', /B is slower than A/)
    assert.equal(await page.locator('.intervals g.slower').count(), 4)
    const pixels = await drawnPixels(page)
    assert.equal(pixels.length, 3)
    for (const count of pixels) assert.ok(count > 2000, `a chart has ${count} drawn pixels`)
    assert.ok((await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth')) <= 0)
    assert.deepEqual(complaints, [])
  })
})

test('dark and light are different, and the switch changes them', options, async () => {
  await visit('run.html', { colorScheme: 'light' }, async ({ page, complaints }) => {
    const background = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const light = await background()
    await page.getByRole('button', { name: 'Light / dark' }).click()
    assert.notEqual(await background(), light)
    await page.getByRole('button', { name: 'Light / dark' }).click()
    assert.equal(await background(), light)
    assert.deepEqual(complaints, [])
  })
})

test('everything can be reached and used with the keyboard alone', options, async () => {
  await visit('run.html', { viewport: { width: 1280, height: 900 } }, async ({ page, complaints }) => {
    await page.keyboard.press('Tab')
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the figures')
    const readout = page.locator('[data-chart="latency-over-time"] .readout')
    await tabTo(page, '[data-chart="latency-over-time"] .plot')
    assert.ok(await page.evaluate<boolean>('document.activeElement.matches(":focus-visible")'))
    await page.keyboard.press('Home')
    assert.match((await readout.textContent()) ?? '', /^0 s: p50 /)
    await page.keyboard.press('ArrowRight')
    assert.match((await readout.textContent()) ?? '', /^1 s: p50 /)
    await page.keyboard.press('End')
    assert.match((await readout.textContent()) ?? '', /^59 s: p50 /)
    await tabTo(page, '[data-chart="latency-over-time"] .key')
    await page.keyboard.press('Space')
    const pressed = await page.locator('[data-chart="latency-over-time"] .key').first().getAttribute('aria-pressed')
    assert.equal(pressed, 'false')
    assert.deepEqual(complaints, [])
  })
})

async function tabTo(page: Page, selector: string): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    if (await page.evaluate<boolean>(`document.activeElement.matches(${JSON.stringify(selector)})`)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab never reaches ${selector}`)
}

test('figures are copied as text, from tables and from charts', options, async () => {
  await visit('run.html', { permissions: ['clipboard-read', 'clipboard-write'] }, async ({ page, complaints }) => {
    const clipboard = () => page.evaluate<string>('navigator.clipboard.readText()')
    await page.locator('#latency [data-copy-table]').first().click()
    const table = (await clipboard()).split('\n')
    assert.match(table[0] ?? '', /^Part\tn\tmin\tmean\tp50/)
    assert.match(table[1] ?? '', /^Latency \(intended start to last byte\)\t3,000\t/)
    await page.locator('[data-chart="request-rate"] [data-copy-chart]').click()
    const chart = (await clipboard()).split('\n')
    assert.equal(chart[0], 'time since start\trequests/s\tresponses/s\terrors/s')
    assert.equal(chart[1], '0\t50\t50\t0')
    assert.equal(chart.length, 61)
    await page.locator('[data-chart="request-rate"] [data-chart-table]').click()
    assert.equal(await page.locator('[data-chart="request-rate"] .data tr').count(), 61)
    assert.deepEqual(complaints, [])
  })
})

test('text of a hostile server is shown and never run', options, async () => {
  await visit('hostile.html', {}, async ({ page, complaints }) => {
    assert.equal(await page.evaluate('window.hacked'), undefined)
    assert.equal(await page.locator('img').count(), 0)
    assert.match((await page.locator('h1').textContent()) ?? '', /<script>window\.hacked=1<\/script>/)
    await page.locator('[data-chart="endpoint-percentiles"] [data-chart-table]').click()
    assert.equal(await page.locator('img').count(), 0)
    assert.deepEqual(complaints, [])
  })
})
