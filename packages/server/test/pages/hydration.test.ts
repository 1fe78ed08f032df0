/** Pages in a real browser: they come alive without a complaint, and their files arrive. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { browserSkip, launchBrowser, watchPage } from './support/browser.ts'
import { copySite, serveSite } from './support/site.ts'

test('pages come alive in the browser without a complaint', { skip: browserSkip }, async () => {
  using site = copySite('basic')
  await using server = await serveSite(site, { csp: true, earlyHints: true })
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const complaints = watchPage(page)

  await page.goto(`${server.url}/?n=7`)
  await page.getByRole('button').click()
  await page.getByText('Count is 8').waitFor()
  assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('button')).fontSize`), '40px')
  assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('main')).color`), 'rgb(20, 40, 60)')
  assert.equal(await page.evaluate(`document.querySelector('img').naturalWidth`), 48)

  await page.goto(`${server.url}/a/b/c`)
  await page.getByRole('button', { name: 'off' }).click()
  await page.getByText('on', { exact: true }).waitFor()
  assert.equal(await page.evaluate(`document.querySelector('img').naturalWidth`), 48)
  assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('button')).fontSize`), '40px')
  assert.deepEqual(complaints, [])
})
