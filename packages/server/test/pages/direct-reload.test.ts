/** Runtimes that answer for a site themselves: a new build takes over without a gap, and a bad one not at all. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../support/temp-app.ts'
import { runSite } from './support/direct.ts'
import { copySite, get } from './support/site.ts'

test('builds are swapped under load, and bad ones leave the old one serving', async () => {
  using site = copySite('basic')
  await using direct = await runSite(site)
  const file = join(site.dir, 'pages', 'a', 'b', 'c.tsx')
  const source = readFileSync(file, 'utf8')
  const old = await get(direct, '/a/b/c')
  const script = /<script type="module" src="([^"]+)"/.exec(old.text)?.[1] ?? ''
  for (const [text, code, message] of [
    [source.replace('return (', 'return ( <'), 'EK_PAGES_BUILD', /pages\/a\/b\/c\.tsx:\d+/],
    [`throw new Error('bad at load')\n${source}`, 'EK_PAGES_START', /bad at load[\s\S]*pages\/a\/b\/c\.tsx:1/],
  ] as const) {
    writeFileSync(file, text)
    const response = await fetch(`${direct.pages.adminUrl}/admin/reload`, { method: 'POST' })
    const { status, error } = (await response.json()) as { status: string; error: { code: string; message: string } }
    assert.deepEqual([response.status, status, error.code], [422, 'kept', code])
    assert.match(error.message, message)
  }
  assert.equal((await get(direct, '/a/b/c')).text, old.text)

  writeFileSync(file, source.replaceAll("'off'", "'changed'"))
  const failures: unknown[] = []
  let isOver = false
  const visitor = (async () => {
    while (!isOver) {
      const { status } = await get(direct, '/a/b/c')
      if (status !== 200) failures.push(status)
    }
  })()
  assert.equal((await direct.pages.reload()).status, 'reloaded')
  isOver = true
  await visitor
  assert.deepEqual(failures, [])
  await until(async () => (await get(direct, '/a/b/c', { connection: 'close' })).text.includes('changed'))
  assert.equal((await get(direct, script)).status, 200, 'files of the build before stay')
})

test('pages that were rendered ahead are purged for good, also from a runtime that starts later', async () => {
  using site = copySite('ahead')
  await using direct = await runSite(site)
  const first = await get(direct, '/')
  assert.match(first.headers.get('cache-status') ?? '', /hit/)
  assert.equal(await direct.pages.purge({ paths: ['/'] }), 1)
  const [victim = 0] = direct.pages.pids()
  process.kill(victim, 'SIGKILL')
  await until(async () => direct.pages.pids().some((pid) => pid !== victim))
  const again = await get(direct, '/', { connection: 'close' })
  assert.match(again.headers.get('cache-status') ?? '', /fwd=uri-miss/)
  assert.match((await get(direct, '/parts/one')).headers.get('cache-status') ?? '', /hit/)
})

test('what cannot be served is refused at the start, with a reason', async () => {
  using site = copySite('basic')
  await assert.rejects(runSite(site, { pages: { dir: 'none' } }), { code: 'EK_PAGES_BUILD' })
  await assert.rejects(runSite(site, { pages: { dev: true } }), { code: 'EK_CONFIG_INVALID' })
  writeFileSync(join(site.dir, 'pages', 'index.tsx'), 'export default (')
  await assert.rejects(runSite(site), { code: 'EK_PAGES_BUILD' })
  assert.equal(existsSync(join(site.dir, '.evenkeel', 'pages', 'current')), false)
})
