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

test('props that look like code are text in the browser, byte for byte', { skip: browserSkip }, async () => {
  using site = copySite('basic')
  await using server = await serveSite(site)
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const complaints = watchPage(page)
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const evil = `</script><script>alert(1)</script><!-- <script> \u2028 \u{1f600} "'\\ &lt;`
  await page.goto(`${server.url}/?n=7&text=${encodeURIComponent(evil)}`)
  // As rendered, and again as the browser has it from the data.
  assert.equal(await page.locator('#text').textContent(), evil)
  await page.getByRole('button').click()
  await page.getByText('Count is 8').waitFor()
  assert.equal(await page.locator('#text').textContent(), evil)
  assert.equal(await page.locator('script').count(), 3)
  assert.deepEqual([complaints, dialogs], [[], []])
})
