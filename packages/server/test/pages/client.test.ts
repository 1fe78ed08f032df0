/** Pages by the typed client: whole, streamed, redirected, and refused. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { ClientError, createClient, type PropsOf } from '@evenkeel/server/client'
import { copySite, rootOf, serveSite, type SiteCopy } from './support/site.ts'

interface TypedPage {
  default: (props: { readonly name: string; readonly path: string }) => unknown
}

let site: SiteCopy
let server: RunningServer

before(async () => {
  site = copySite('faulty')
  server = await serveSite(site)
})

after(async () => {
  await server.close()
  site[Symbol.dispose]()
})

test('a page comes whole, by the props of its module', async () => {
  const { pages } = createClient({ url: server.url })
  const props: PropsOf<TypedPage> = { name: 'Ada' }
  const { status, headers, html } = await pages.render<TypedPage>('typed', props)
  assert.deepEqual([status, headers.get('content-type')], [200, 'text/html; charset=utf-8'])
  assert.equal(rootOf(html), '<p>Hello Ada</p>')
  // @ts-expect-error -- props of another kind do not compile, and are refused
  await assert.rejects(pages.render<TypedPage>('typed', { name: 5 }), (error: unknown) => {
    assert.ok(error instanceof ClientError)
    assert.deepEqual([error.status, error.code], [422, 'EK_PAGE_PROPS'])
    return true
  })
})

test('a page comes as it renders', async () => {
  const { pages } = createClient({ url: server.url })
  const { status, body } = await pages.stream('streams', {}, { query: { text: 'by-client' } })
  assert.equal(status, 200)
  const parts: string[] = []
  for await (const chunk of body) parts.push(Buffer.from(chunk).toString())
  // A page that is sent whole has no fallback in it.
  const text = parts.join('')
  assert.ok(text.includes('please wait') && text.indexOf('please wait') < text.indexOf('by-client</b>'))
})

test('what is not there, throws, or cannot be reached is a ClientError', async () => {
  const { pages } = createClient({ url: server.url })
  await assert.rejects(pages.render('none/such', {}), { code: 'EK_PAGE_NOT_FOUND', status: 404 })
  await assert.rejects(pages.render('throws', {}), { code: 'EK_PAGE_THREW', status: 500 })
  const nobody = createClient({ url: 'http://127.0.0.1:9' })
  await assert.rejects(nobody.pages.render('typed', {}), { code: 'EK_CLIENT_UNREACHABLE' })
})
