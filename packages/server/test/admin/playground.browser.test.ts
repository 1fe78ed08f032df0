import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, suite, test, type TestContext } from 'node:test'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { browserSkip, launchBrowser } from '../support/browser.ts'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

const options = { skip: browserSkip, timeout: 60_000 }

suite('the playground in a browser', options, () => {
  let server: TestServer
  let browser: Browser
  before(async () => {
    server = await startTestServer({ blocks: { hosts: 1 } })
    browser = await launchBrowser()
  })
  after(async () => {
    await browser?.close()
    await server?.[Symbol.asyncDispose]()
  })

  /** The page, with everything that went wrong on it. Statuses above 399 of the API are not wrong. */
  async function open(
    t: TestContext,
    contextOptions: BrowserContextOptions = {},
  ): Promise<{ page: Page; wrong: string[] }> {
    const context = await browser.newContext({ locale: 'en-GB', ...contextOptions })
    t.after(() => context.close())
    context.setDefaultTimeout(20_000)
    const page = await context.newPage()
    const wrong: string[] = []
    page.on('pageerror', ({ message }) => wrong.push(message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('status of 4')) wrong.push(message.text())
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(server.server.adminUrl) && !url.startsWith('data:')) wrong.push(url)
    })
    await page.goto(`${server.server.adminUrl}/`)
    await page.waitForSelector('#function-list li')
    return { page, wrong }
  }

  async function write(page: Page, code: string): Promise<void> {
    await page.locator('#code .cm-content').click()
    await page.keyboard.press('Control+a')
    await page.keyboard.insertText(code)
  }

  const state = (page: Page, wanted: string): Promise<unknown> =>
    page.waitForSelector(`#status[data-state="${wanted}"]`)

  test('a block runs with Ctrl+Enter; result and logs are text, and the times are drawn', options, async (t) => {
    const { page, wrong } = await open(t)
    await write(page, `console.log('<b>bold</b>'); return '<img src=x onerror="document.title=1">' + input.name`)
    await page.keyboard.press('Control+Enter')
    await state(page, 'good')
    assert.equal(await page.textContent('#result-text'), '"<img src=x onerror=\\"document.title=1\\">Ada"')
    assert.equal(await page.locator('#panel-result img, #panel-logs b').count(), 0)
    await page.click('#tab-logs')
    assert.equal(await page.textContent('#panel-logs .log span'), '<b>bold</b>')
    await page.keyboard.press('ArrowRight')
    assert.equal(await page.getAttribute('#tab-timings', 'aria-selected'), 'true')
    const drawing = await page.getAttribute('#panel-timings svg[role=img]', 'aria-label')
    assert.match(drawing ?? '', /Queue [\d.]+ ms, Dispatch [\d.]+ ms, Prepare [\d.]+ ms, Run [\d.]+ ms/)
    assert.match((await page.textContent('#panel-timings .plain')) ?? '', /Processor time[\d.]+ ms.*Runtime(warm|cold)/)
    assert.deepEqual(wrong, [])
  })

  test('an error is marked in its line, an input that is no JSON is told', options, async (t) => {
    const { page, wrong } = await open(t)
    await write(page, 'const a = null\nreturn a.b')
    await page.click('#run')
    await state(page, 'bad')
    assert.match((await page.textContent('#status')) ?? '', /Failed: TypeError.*status 422/)
    await page.waitForSelector('#code .cm-lint-marker-error')
    await page.getByRole('button', { name: 'Line 2, column 10' }).click()
    await page.locator('#input .cm-content').click()
    await page.keyboard.insertText('}')
    await page.keyboard.press('Control+Enter')
    await page.getByText('The input is no JSON').waitFor()
    assert.deepEqual(wrong, [])
  })

  test('Escape cancels, and the server stops the run', options, async (t) => {
    const { page } = await open(t)
    await write(page, 'await new Promise((resolve) => setTimeout(resolve, 4_500)); return "slept"')
    await page.keyboard.press('Control+Enter')
    await state(page, 'running')
    await page.keyboard.press('Escape')
    await page.getByText('Cancelled').waitFor()
    assert.equal(await page.isDisabled('#cancel'), true)
    const newest = async (): Promise<string> =>
      (await server.admin('GET', '/admin/v1/executions?limit=1')).body.items[0]?.status
    assert.equal(await until(newest, (status) => status === 'cancelled'), 'cancelled')
  })

  test('functions are saved, opened, compared and rolled back', options, async (t) => {
    const { page, wrong } = await open(t)
    await server.admin('PUT', '/admin/v1/functions/kept', { body: { code: 'return "first"', env: { A: 'b' } } })
    await page.reload()
    await page.getByRole('button', { name: 'kept' }).click()
    await page.getByText('kept · version 1').waitFor()
    await write(page, 'return "second"')
    await page.click('#save')
    assert.equal(await page.inputValue('#save-name'), 'kept')
    await page.getByRole('button', { name: 'Save version' }).click()
    await page.getByText('Saved kept, version 2').waitFor()
    const stored = (await server.admin('GET', '/admin/v1/functions/kept')).body
    assert.deepEqual([stored.code, stored.env], ['return "second"', { A: 'b' }])
    await page.getByRole('button', { name: 'Compare version 1 with the editor' }).click()
    await page.locator('#diff .cm-changedLine').first().waitFor()
    assert.equal(await page.locator('#diff .cm-content').count(), 2)
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Make version 1 current' }).click()
    await page.getByText('Version 1 of kept is current').waitFor()
    assert.equal((await server.admin('GET', '/admin/v1/functions/kept')).body.code, 'return "first"')
    assert.deepEqual(wrong, [])
  })

  test('on a phone nothing is wider than the screen, and a comparison is one column', options, async (t) => {
    const { page } = await open(t, { viewport: { width: 390, height: 844 } })
    await server.admin('PUT', '/admin/v1/functions/narrow', { body: { code: 'return "first"' } })
    const width = (): Promise<number> => page.evaluate(() => document.documentElement.scrollWidth)
    assert.equal(await width(), 390)
    await page.click('#locale')
    assert.equal(await width(), 390)
    await page.click('#locale')
    await page.reload()
    await page.getByRole('button', { name: 'narrow' }).click()
    await page.getByText('narrow · version 1').waitFor()
    await write(page, `throw new Error("${'x'.repeat(300)}")`)
    await page.click('#run')
    await state(page, 'bad')
    assert.equal(await width(), 390)
    await page.getByRole('button', { name: 'Compare version 1 with the editor' }).click()
    await page.locator('#diff .cm-deletedChunk').waitFor()
    assert.equal(await page.locator('#diff .cm-content').count(), 1)
  })

  test('everything has a name, and the keyboard reaches all of it in reading order', options, async (t) => {
    const { page } = await open(t)
    const unnamed = await page.evaluate(() => {
      const controls = [
        ...document.querySelectorAll<HTMLElement>('button, select, input, [contenteditable=true], nav, [role=tablist]'),
      ]
      return controls
        .filter(
          (each) =>
            !each.hasAttribute('aria-label') &&
            !each.hasAttribute('aria-labelledby') &&
            each.closest('label') === null &&
            each.innerText.trim() === '' &&
            each.textContent.trim() === '',
        )
        .map((each) => each.outerHTML)
    })
    assert.deepEqual(unnamed, [])
    const order: string[] = []
    for (let step = 0; step < 40 && order.at(-1) !== 'panel-result'; step += 1) {
      await page.keyboard.press('Tab')
      order.push(
        await page.evaluate(() => {
          const { activeElement: at } = document
          return at?.id || at?.closest('[id]')?.id || at?.className || ''
        }),
      )
    }
    const expected = [
      'skip',
      'examples',
      'language',
      'wall',
      'run',
      'token',
      'locale',
      'theme',
      'save',
      'code',
      'input',
      'tab-result',
      'panel-result',
    ]
    assert.deepEqual(
      order.filter((each) => expected.includes(each)),
      expected,
    )
    assert.equal(await page.getAttribute('#status', 'aria-live'), 'polite')
  })

  test(
    'dark where the system is, or where it is chosen; Chinese where the browser is, or where it is chosen',
    options,
    async (t) => {
      const background = (page: Page): Promise<string> =>
        page.evaluate(() => getComputedStyle(document.querySelector('.sources') ?? document.body).backgroundColor)
      const { page } = await open(t, { colorScheme: 'dark', locale: 'zh-CN' })
      const dark = await background(page)
      assert.equal(await page.textContent('#run span'), '运行')
      assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN')
      await page.click('#theme')
      const light = await background(page)
      assert.notEqual(dark, light)
      await page.click('#theme')
      assert.equal(await background(page), dark)
      await page.click('#locale')
      assert.equal(await page.textContent('#run span'), 'Run')
      await page.reload()
      await page.waitForSelector('#function-list li')
      assert.equal(await page.textContent('#run span'), 'Run')
    },
  )

  test('where a token is wanted it is asked for, and goes with the tab', options, async (t) => {
    const { token } = await server.token({ scopes: ['admin'] })
    const { page } = await open(t).then(async ({ page: first }) => {
      await first.context().setExtraHTTPHeaders({ 'x-forwarded-for': '203.0.113.9' })
      await first.reload()
      return { page: first }
    })
    await page.getByText('this needs a token').waitFor()
    await page.fill('#token-value', token)
    await page.getByRole('button', { name: 'Use', exact: true }).click()
    await page.waitForSelector('#function-list li')
    await page.click('#run')
    await state(page, 'good')
    assert.ok(!page.url().includes(token))
    const kept = await page.evaluate(() => [JSON.stringify(Object.entries(localStorage)), document.cookie].join())
    assert.ok(!kept.includes(token))
    const other = await page.context().newPage()
    await other.goto(`${server.server.adminUrl}/playground`)
    await other.getByText('this needs a token').waitFor()
  })

  test('a page of another origin can neither run code through it nor frame it', options, async (t) => {
    const page = `<script>
      const body = JSON.stringify({ code: 'console.log("foreign")' })
      const send = (type, mode) => fetch('${server.server.adminUrl}/admin/v1/run', { method: 'POST', mode, headers: { 'content-type': type }, body }).catch(() => {})
      Promise.all([send('application/json', 'cors'), send('text/plain', 'no-cors')]).then(() => { document.title = 'done' })
    </script><iframe src="${server.server.adminUrl}/playground"></iframe>`
    const elsewhere = createServer((_request, response) => response.setHeader('content-type', 'text/html').end(page))
    t.after(() => elsewhere.close())
    elsewhere.listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    const count = async (): Promise<number> =>
      (await server.admin('GET', '/admin/v1/executions?limit=500')).body.items.length
    const before = await count()
    const context = await browser.newContext()
    t.after(() => context.close())
    const foreign = await context.newPage()
    await foreign.goto(`http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`)
    await foreign.waitForFunction(() => document.title === 'done')
    assert.equal(await count(), before)
    assert.equal(await foreign.frames()[1]?.locator('#run').count(), 0)
  })
})
