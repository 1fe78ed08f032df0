/** The examples in a real browser: every UI stack comes alive without a complaint, and the shop does what a shop does. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { browserSkip, launchBrowser, watchPage } from './support/browser.ts'
import { copySite, serveSite, type SiteCopy } from './support/site.ts'

/** Without what was built where it lies. */
function copyExample(name: string): SiteCopy {
  const site = copySite(join('..', '..', '..', '..', '..', 'examples', name))
  rmSync(join(site.dir, '.evenkeel'), { recursive: true, force: true })
  return site
}

const stacks = [
  ['pages-css', 'rgb(255, 255, 255)'],
  ['pages-tailwind', 'rgb(255, 255, 255)'],
  ['pages-mui', 'rgb(255, 255, 255)'],
] as const

for (const [name, colour] of stacks)
  test(`${name} comes alive, in its colours`, { skip: browserSkip }, async () => {
    using site = copyExample(name)
    await using server = await serveSite(site)
    await using browser = await launchBrowser()
    const page = await browser.newPage()
    const complaints = watchPage(page)
    await page.goto(server.url)
    await page.getByRole('button').click()
    await page.getByText('Clicked 1 times').waitFor()
    assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('button')).color`), colour)
    assert.deepEqual(complaints, [])
  })

test('the shop sorts, finds, draws and takes an order', { skip: browserSkip }, async () => {
  using site = copyExample('pages-shop')
  await using server = await serveSite(site, { csp: true })
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const complaints = watchPage(page)
  await page.goto(server.url)
  await page.getByLabel('Sort by').selectOption('price')
  assert.match(await page.locator('.card').first().innerText(), /Deck mug/)
  await page.getByRole('searchbox').fill('brass')
  await page.getByRole('searchbox').press('Enter')
  await page.getByRole('link', { name: /Kittiwake compass/ }).click()
  await page.locator('.visx-linepath').waitFor()
  await page.getByLabel('How many').fill('2')
  await page.getByRole('button', { name: 'Reserve for €178.00' }).click()
  await page.getByText('an address that we can write to').waitFor()
  assert.equal(await page.getByLabel('How many').inputValue(), '2')
  await page.getByLabel('Your e-mail address').fill('ada@example.org')
  await page.getByRole('button').click()
  await page.getByRole('heading', { name: 'Thank you' }).waitFor()
  assert.deepEqual(complaints, [])
})
