/** Nothing of one visitor, or of an address, reaches another. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { createPages } from '@evenkeel/server/pages'
import { browserAgent, copySite, get, rootOf, serveSite } from './support/site.ts'

test('fifty visitors at a time each get their own page', async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site, { hosts: 2 })
  await get(server, '/x%22%7D;globalThis.pwned=1;//')
  await get(server, '/who?%22%7D;globalThis.pwned=1;//')
  for (let round = 0; round < 4; round += 1) {
    const visitors = Array.from({ length: 50 }, (_, index) => `v${round}-${index}`)
    const answers = await Promise.all(visitors.map((id) => get(server, '/who', { 'x-visitor': id })))
    assert.deepEqual(
      answers.map(({ text }) => rootOf(text)),
      visitors.map((id) => `<p>${id} ${id} /who undefined</p>`),
    )
  }
})

test('a kept copy gets a new nonce each time, in its policy and in all of its scripts', async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site, { csp: true })
  const nonces = new Set<string>()
  for (let visit = 0; visit < 5; visit += 1) {
    const { headers, text } = await get(server, '/cached?q=nonce')
    const nonce = /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? ''
    assert.match(nonce, /^[\w+/]{22}==$/)
    nonces.add(nonce)
    const scripts = [...text.matchAll(/<script type="module"[^>]*>/g)].map(([tag]) => tag)
    assert.ok(scripts.length > 0 && scripts.every((tag) => tag.includes(`nonce="${nonce}"`)))
    if (visit > 0) assert.match(headers.get('cache-status') ?? '', /hit/)
  }
  assert.equal(nonces.size, 5)
})

test('a streamed page has a nonce of its own too, in its policy and in all that may run', async () => {
  using site = copySite('faulty')
  await using server = await serveSite(site, { csp: true })
  const nonces = new Set<string>()
  for (const visit of [1, 2, 3]) {
    const { headers, text } = await get(server, `/streams?text=visit-${visit}`, browserAgent)
    assert.match(text, /please wait.*visit-\d<\/b>/s)
    const nonce = /'nonce-([^']+)'/.exec(headers.get('content-security-policy') ?? '')?.[1] ?? ''
    assert.match(nonce, /^[\w+/]{22}==$/)
    nonces.add(nonce)
    const scripts = [...text.matchAll(/<script(?![^>]*application\/json)[^>]*>/g)].map(([tag]) => tag)
    assert.ok(scripts.length > 1 && scripts.every((tag) => tag.includes(`nonce="${nonce}"`)), scripts.join(' '))
    const { text: whole } = await get(server, '/streams', { 'user-agent': 'Googlebot/2.1' })
    assert.equal(whole.includes(nonce) || whole.includes('nonce="ek'), false)
  }
  assert.equal(nonces.size, 3)
})

test('a thousand different props leave no file behind', async () => {
  using site = copySite('faulty')
  await using pages = await createPages({ dir: site.dir, hosts: 1, spares: 0 })
  const files = (): number =>
    readdirSync(join(site.dir, '.evenkeel'), { recursive: true }).filter((name) => !String(name).includes('/code/'))
      .length
  const before = files()
  for (let batch = 0; batch < 10; batch += 1) {
    const names = Array.from({ length: 100 }, (_, index) => `n${batch}-${index}`)
    const rendered = await Promise.all(names.map((name) => pages.render('typed', { name })))
    assert.ok(rendered.every(({ html }, index) => html.includes(names[index] ?? '-')))
  }
  assert.equal(files(), before)
})
