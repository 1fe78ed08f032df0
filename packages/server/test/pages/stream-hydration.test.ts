/** A streamed page, a shell and a form in a real browser. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, launchBrowser, watchPage } from './support/browser.ts'
import { copySite, serveSite } from './support/site.ts'

test('streamed pages, shells and forms work in the browser without a complaint', { skip: browserSkip }, async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site, { csp: true })
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const complaints = watchPage(page)

  await page.goto(`${server.url}/streams`)
  await page.locator('#root b').getByText('content').waitFor()
  await page.goto(`${server.url}/values?kind=rich`)
  assert.equal(await page.locator('#root p').textContent(), '1970-01-01T00:00:00.000Z 10 1')

  await page.goto(`${server.url}/endless-shell?go=1`)
  await page.locator('#name').getByText('Ada').waitFor()

  await page.goto(`${server.url}/form`)
  await page.getByLabel('name').fill('bad')
  await page.getByRole('button').click()
  await page.getByRole('alert').getByText('not bad').waitFor()
  await page.getByLabel('name').fill('ok')
  await page.getByRole('button').click()
  await page.getByText('fine').waitFor()
  assert.equal(new URL(page.url()).pathname, '/fine')
  assert.deepEqual(complaints, [])
})
