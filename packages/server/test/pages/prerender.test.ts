/** Pages that are rendered when they are built. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { copySite, get, rootOf, serveSite } from './support/site.ts'

test('what is rendered ahead is sent as it is, also by the next process, until it is purged', async () => {
  using site = copySite('ahead')
  for (const csp of [false, true, true]) {
    await using server = await serveSite(site, { csp })
    for (const path of ['/', '/parts/one', '/parts/two', '/parts/one?tracking=1']) {
      const { headers, text } = await get(server, path)
      assert.match(headers.get('cache-status') ?? '', /^evenkeel; hit/, path)
      assert.match(rootOf(text), path === '/' ? /rendered \d+/ : /part (one|two)/)
      assert.doesNotMatch(text, /nonce="ek/)
    }
    assert.equal((await get(server, '/parts/three')).headers.get('cache-status'), null)
    assert.equal((await get(server, '/parts/none')).status, 404)
  }
  await using server = await serveSite(site)
  const first = rootOf((await get(server, '/')).text)
  const purge = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"paths":["/"]}' }
  assert.deepEqual(await (await fetch(`${server.adminUrl}/admin/pages/purge`, purge)).json(), { purged: 1 })
  const second = await get(server, '/')
  assert.match(second.headers.get('cache-status') ?? '', /fwd=uri-miss; stored/)
  assert.notEqual(rootOf(second.text), first)
})

test('a page that cannot be rendered ahead keeps the build from serving, by name', async () => {
  using site = copySite('ahead')
  const file = join(site.dir, 'pages', 'parts', '[id].tsx')
  const source = readFileSync(file, 'utf8')
  for (const [list, says] of [
    [`['/parts/none']`, /"parts\/\[id\]".*"\/parts\/none" came out as notFound/],
    [`['/']`, /"\/" is not an address of it/],
    ['true', /its addresses have parameters/],
  ] as const) {
    writeFileSync(file, source.replace(/prerender: \[[^\]]*\]/, `prerender: ${list}`))
    await assert.rejects(serveSite(site), { code: 'EK_PAGES_BUILD', message: says })
  }
})
