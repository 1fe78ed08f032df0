/** A new build takes over without a gap, and a bad one not at all. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPages } from '@evenkeel/server/pages'
import { copySite, get, rootOf, serveSite } from './support/site.ts'

test('builds are swapped under load, and bad ones leave the old one serving', async () => {
  using site = copySite('basic')
  await using server = await serveSite(site)
  const file = join(site.dir, 'pages', 'a', 'b', 'c.tsx')
  const source = readFileSync(file, 'utf8')
  const old = await get(server, '/a/b/c')
  const script = /<script type="module" src="([^"]+)"/.exec(old.text)?.[1] ?? ''
  const reload = async (): Promise<{ status: number; code?: string; message: string }> => {
    const response = await fetch(`${server.adminUrl}/admin/pages/reload`, { method: 'POST' })
    const body = (await response.json()) as { error?: { code: string; message: string } }
    return { status: response.status, message: '', ...body.error }
  }

  writeFileSync(file, source.replace('return (', 'return ( <'))
  const broken = await reload()
  assert.deepEqual([broken.status, broken.code], [400, 'EK_PAGES_BUILD'])
  assert.match(broken.message, /pages\/a\/b\/c\.tsx:\d+/)
  writeFileSync(file, `throw new Error('bad at load')\n${source}`)
  const throwing = await reload()
  assert.deepEqual([throwing.status, throwing.code], [400, 'EK_PAGES_START'])
  assert.match(throwing.message, /bad at load[\s\S]*pages\/a\/b\/c\.tsx:1/)
  // One that never gets ready: it waits for ever while it is loaded.
  writeFileSync(file, `await new Promise(() => {})\n${source}`)
  const waiting = await reload()
  assert.deepEqual([waiting.status, waiting.code], [400, 'EK_PAGES_START'])
  assert.match(waiting.message, /not ready after 10 s/)
  assert.equal((await get(server, '/a/b/c')).text, old.text)

  writeFileSync(file, source.replaceAll("'off'", "'changed'"))
  const statuses = new Set<number>()
  let isOver = false
  const visitor = (async () => {
    while (!isOver) statuses.add((await get(server, '/a/b/c')).status)
  })()
  assert.equal((await reload()).status, 200)
  isOver = true
  await visitor
  assert.deepEqual([...statuses], [200])
  assert.match((await get(server, '/a/b/c')).text, /changed/)
  assert.equal((await get(server, script)).status, 200, 'files of the build before stay')
})

test('a server does not start with pages that cannot be loaded', async () => {
  using site = copySite('basic')
  writeFileSync(join(site.dir, 'pages', 'index.tsx'), `throw new Error('bad at load')\nexport default () => null\n`)
  await assert.rejects(serveSite(site), { code: 'EK_PAGES_START' })
  writeFileSync(join(site.dir, 'pages', 'index.tsx'), 'export default (')
  await assert.rejects(serveSite(site), { code: 'EK_PAGES_BUILD' })
  rmSync(join(site.dir, 'pages', 'index.tsx'))
  writeFileSync(join(site.dir, 'pages', 'products', '[name].tsx'), 'export default () => null')
  await assert.rejects(serveSite(site), { code: 'EK_PAGES_ROUTE' })
})

test('a project whose manifest says CommonJS is built and served', async () => {
  using site = copySite('ahead')
  writeFileSync(join(site.dir, 'package.json'), '{ "name": "fresh", "type": "commonjs" }')
  await using server = await serveSite(site)
  const { status, text } = await get(server, '/parts/one')
  assert.deepEqual([status, rootOf(text)], [200, '<p>part one</p>'])
})

test('pages are a library too: two sites in one process, rendered, fetched, and closed twice', async () => {
  using site = copySite('basic')
  using other = copySite('faulty')
  const small = { hosts: 1, spares: 0 }
  await using pages = await createPages({ dir: site.dir, ...small })
  await using more = await createPages({ dir: other.dir, ...small })
  const { html, status } = await pages.render('products/[id]', undefined, { params: { id: '7' } })
  assert.deepEqual([status, rootOf(html)], [200, '<main><h1>Product 7 (7)</h1></main>'])
  assert.match((await more.render('typed', { name: 'Ada' })).html, /Hello/)
  await assert.rejects(more.render('throws'), { code: 'EK_PAGE_THREW' })
  const answer = await pages.fetch(new Request('http://site.example/?n=3'))
  assert.match(await answer.text(), /Count is <!-- -->3/)
  assert.deepEqual([pages.handles('/products/x'), pages.handles('/none')], [true, false])
  await pages.close()
  await pages.close()
  await assert.rejects(pages.render('index'), { code: 'EK_DRAINING' })
  assert.equal(existsSync(join(site.dir, '.evenkeel', 'pages', 'current')), true)
})
