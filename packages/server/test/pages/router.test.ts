/** An app of React Router as one page: each version of the router with each version of React that it supports. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { browserSkip, launchBrowser, watchPage } from './support/browser.ts'
import { copySite, get, rootOf, serveSite, type SiteCopy } from './support/site.ts'

const react18 = '../examples/pages-react-18/node_modules'

interface Combination {
  readonly name: string
  /** The package that the app imports. */
  readonly router: 'react-router' | 'react-router-dom'
  readonly packages: Readonly<Record<string, string>>
}

const react19 = { react: 'react', 'react-dom': 'react-dom' }
const old = { react: `${react18}/react`, 'react-dom': `${react18}/react-dom` }
const combinations: readonly Combination[] = [
  {
    name: 'React Router 8, React 19',
    router: 'react-router',
    packages: { ...react19, 'react-router': 'react-router' },
  },
  {
    name: 'React Router 7, React 19',
    router: 'react-router',
    packages: { ...react19, 'react-router': 'react-router-7' },
  },
  { name: 'React Router 7, React 18', router: 'react-router', packages: { ...old, 'react-router': 'react-router-7' } },
  {
    name: 'React Router 6, React 19',
    router: 'react-router-dom',
    packages: { ...react19, 'react-router-dom': 'react-router-dom' },
  },
  {
    name: 'React Router 6, React 18',
    router: 'react-router-dom',
    packages: { ...old, 'react-router-dom': 'react-router-dom' },
  },
]

for (const combination of combinations) {
  test(`${combination.name}: pages, statuses, redirects and data`, async () => {
    using site = routerSite(combination)
    await using server = await serveSite(site)
    assert.match(await rootAt(server, '/'), /<button>Count is 7<\/button>/)
    assert.match(await rootAt(server, '/board/1'), /<h1>Board 1<\/h1>/)
    assert.match(await rootAt(server, '/items/5'), /<h1>Item 5, late 5<\/h1>/)
    assert.match(await rootAt(server, '/nowhere/at/all', 404), /Nothing at this address/)
    assert.match(await rootAt(server, '/items/none', 404), /status 404/)
    const failed = await rootAt(server, '/items/boom', 500)
    assert.match(failed, /id="problem"/)
    assert.doesNotMatch(failed, /secret/)
    for (const [path, to] of [
      ['/old', '/board/1'],
      ['/older/3', '/older/old?from=older'],
      ['/items/moved', '/board/9'],
    ] as const) {
      const { status, headers } = await get(server, path)
      assert.deepEqual([path, status, headers.get('location')], [path, 302, to])
    }
    const posted = await post(server, '/guestbook', 'Bob')
    assert.equal(posted.status, 200)
    assert.match(rootOf(await posted.text()), /Signed by Bob/)
    const moved = await post(server, '/guestbook', 'Ada')
    assert.deepEqual(
      [moved.status, moved.headers.get('location'), moved.headers.getSetCookie()],
      [302, '/board/1', ['signed=Ada; Path=/']],
    )
    assert.equal((await post(server, '/board/1', 'Bob')).status, 405)
    assert.equal((await post(server, '/guestbook', 'Bob', { 'sec-fetch-site': 'cross-site' })).status, 403)
    const evil = await get(server, '/board/%3C/script%3E%3Cscript%3Ealert(1)')
    assert.equal(evil.text.match(/<script/g)?.length, 3)
  })

  test(
    `${combination.name}: the app comes alive and navigates without a complaint`,
    { skip: browserSkip },
    async () => {
      using site = routerSite(combination)
      await using server = await serveSite(site)
      await using browser = await launchBrowser()
      const page = await browser.newPage()
      const complaints = watchPage(page)
      await page.goto(`${server.url}/items/5`)
      await page.getByRole('link', { name: 'two' }).click()
      await page.getByRole('heading', { name: 'Board 2' }).waitFor()
      await page.goBack()
      await page.getByRole('heading', { name: 'Item 5' }).waitFor()
      await page.goto(`${server.url}/`)
      await page.getByRole('button').click()
      await page.getByText('Count is 8').waitFor()
      await page.goto(`${server.url}/guestbook`)
      await page.getByRole('button').click()
      await page.getByText('Signed by Grace').waitFor()
      const old = await browser.newPage({ javaScriptEnabled: false })
      await old.goto(`${server.url}/guestbook`)
      await old.getByRole('button').click()
      await old.getByText('Signed by Grace').waitFor()
      assert.deepEqual(complaints, [])
      await page.goto(`${server.url}/items/boom`)
      await page.getByText('Something went wrong on the server').waitFor()
      assert.deepEqual(
        complaints.filter((each) => /hydrat/i.test(each)),
        [],
      )
    },
  )
}

test('an app may be sent as a shell, and the browser does the rest', { skip: browserSkip }, async () => {
  const [combination] = combinations
  assert.ok(combination)
  using site = routerSite(combination, `export const config = { runtime: 'client' }`)
  await using server = await serveSite(site)
  const { status, text } = await get(server, '/items/5')
  assert.deepEqual([status, rootOf(text)], [200, ''])
  await using browser = await launchBrowser()
  const page = await browser.newPage()
  const complaints = watchPage(page)
  await page.goto(`${server.url}/items/5`)
  await page.getByRole('heading', { name: 'Item 5, late 5' }).waitFor()
  assert.deepEqual(complaints, [])
})

test('a page with routes in a project without a router is refused by name', async () => {
  using site = copySite('router', react19)
  writeFileSync(join(site.dir, 'package.json'), '{ "type": "module" }')
  await assert.rejects(serveSite(site), { code: 'EK_PAGES_BUILD', message: /"\[\.\.\.path\]" exports "routes"/ })
})

function routerSite({ router, packages }: Combination, more = ''): SiteCopy {
  const site = copySite('router', packages)
  const manifest = { type: 'module', imports: { '#router': router }, dependencies: { [router]: '*' } }
  writeFileSync(join(site.dir, 'package.json'), JSON.stringify(manifest))
  if (more !== '') writeFileSync(join(site.dir, 'pages', '[...path].tsx'), `\n${more}\n`, { flag: 'a' })
  return site
}

function post(
  server: RunningServer,
  path: string,
  name: string,
  headers: Record<string, string> = {},
): Promise<Response> {
  const body = new URLSearchParams({ name })
  return fetch(server.url + path, { method: 'POST', body, headers, redirect: 'manual' })
}

async function rootAt(server: RunningServer, path: string, status = 200): Promise<string> {
  const answer = await get(server, path)
  assert.equal(answer.status, status, path)
  return rootOf(answer.text)
}
