/** What is kept for a route is that of no other route, address, nonce or build. The paths are those of the package: nothing of it is public. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as react from 'react'
import { renderToString } from 'react-dom/server'
import * as router from 'react-router'
import { newNonce } from '../../src/pages/answers/nonce.ts'
import type { PageModule, PagePlace } from '../../src/pages/author/page-module.ts'
import { documentEnd, documentStart, type DocumentParts } from '../../src/pages/render/document.host.ts'
import { headOf } from '../../src/pages/render/head.host.ts'
import type { RouteAssets } from '../../src/pages/render/messages.ts'
import { routerTree } from '../../src/pages/render/router.host.ts'

interface Route {
  page: PageModule
  readonly layouts: readonly PageModule[]
}

const layout: PageModule = {
  head: { title: 'of the layout', meta: { author: '<A>' }, links: [{ rel: 'icon', href: '/i' }] },
}
const routes: readonly Route[] = [
  { page: { head: { title: 'One & only' } }, layouts: [] },
  { page: { head: { title: 'Two', lang: 'de' } }, layouts: [layout] },
  { page: {}, layouts: [layout] },
  { page: { head: ({ params, path }) => ({ title: `${path} ${JSON.stringify(params)}` }) }, layouts: [layout] },
]
const builds: readonly RouteAssets[] = [
  { script: '/_assets/a.js', styles: ['/_assets/a.css'], preloads: [] },
  { script: '/_assets/b.js', styles: [], preloads: ['/_assets/c.js'], preamble: 'start()' },
]
const places: readonly PagePlace[] = [
  { params: {}, query: {}, path: '/', status: 200 },
  { params: {}, query: {}, path: '/', status: 404 },
  { params: {}, query: {}, path: '/</script>', status: 200 },
  { params: { id: '7' }, query: {}, path: '/', status: 200 },
  { params: { id: '8' }, query: {}, path: '/', status: 200 },
  { params: {}, query: { q: ['1', '2'] }, path: '/', status: 200 },
]
const nonces = [undefined, 'first', 'second']

test('a document is the same whatever was asked for before it', () => {
  const texts = new Set<string>()
  const wanted = routes.flatMap((route) =>
    builds.flatMap((assets) =>
      places.flatMap((place) =>
        nonces.flatMap((nonce) =>
          (['hydrate', 'render'] as const).map((mode) => ({ route, assets, place, nonce, mode })),
        ),
      ),
    ),
  )
  // Each comes after each other kind of neighbour, some of them twice in a row.
  for (const step of [1, 5, 7, 11])
    for (let turn = 0; turn < wanted.length; turn += 1) {
      const one = wanted[(turn * step) % wanted.length]
      assert.ok(one)
      const kept = documentOf(one)
      assert.equal(kept, documentOf(one))
      // Of objects that nobody has seen yet, nothing can be known.
      const fresh = { route: { ...one.route, layouts: [...one.route.layouts] }, assets: { ...one.assets } }
      assert.equal(kept, documentOf({ ...one, ...fresh }))
      texts.add(kept)
    }
  assert.equal(texts.size, wanted.length)
})

test('a head that is another object than before is read again', () => {
  const route: Route = { page: { head: { title: 'before' } }, layouts: [layout] }
  const one = { route, assets: builds[0] as RouteAssets, place: places[0] as PagePlace, nonce: undefined }
  assert.match(documentOf({ ...one, mode: 'hydrate' }), /<title>before</)
  route.page = { head: { title: 'after' } }
  assert.match(documentOf({ ...one, mode: 'hydrate' }), /<title>after</)
})

function documentOf({
  route,
  ...parts
}: Pick<DocumentParts, 'assets' | 'place' | 'nonce' | 'mode'> & { readonly route: Route }): string {
  const document = { ...parts, propsText: '[{}]', merged: headOf(route, parts.place, {}) }
  return [false, true].map((early) => documentStart(document, early) + documentEnd(document, early)).join('\n')
}

test('no two nonces are the same, whichever draw they are of', () => {
  const many = Array.from({ length: 2_000 }, newNonce)
  assert.equal(new Set(many).size, many.length)
  assert.ok(many.every((nonce) => /^[\w+/]{22}==$/.test(nonce)))
})

test('a router sees the address as its own parser reads it', async () => {
  const Seen = (): unknown => {
    const { pathname, search, hash } = router.useLocation()
    return react.createElement('p', null, JSON.stringify([pathname, search, hash, router.useParams()['*']]))
  }
  const app = [{ path: '*', element: react.createElement(Seen as react.FC) }]
  const parts = { react: react as never, router: router as never }
  const seen = async (url: string): Promise<string> => {
    const input = { route: 'r', params: {}, query: {}, path: '/', status: 200, url }
    const made = await routerTree(parts, app, { input, loaded: undefined, signal: new AbortController().signal })
    return made.kind === 'tree' ? renderToString(made.tree as react.ReactNode) : made.kind
  }
  const expected = async (url: string): Promise<string> => {
    const handler = router.createStaticHandler(app)
    const context = await handler.query(new Request(`http://localhost${url}`))
    assert.ok(!(context instanceof Response))
    const made = router.createStaticRouter(handler.dataRoutes, context)
    return renderToString(react.createElement(router.StaticRouterProvider, { router: made, context, hydrate: false }))
  }
  for (const url of [
    '/',
    '/a',
    '/a/',
    '/a/b.c/~d_-1',
    '/a//b',
    '//a',
    '/a/./b',
    '/a/../b',
    '/.a',
    '/..',
    '/a/%2e%2e/b',
  ])
    assert.equal(await seen(url), await expected(url), url)
  for (const url of [
    '/?',
    '/a?b=1',
    '/a#c',
    '/a%20b',
    '/%E4',
    '/ä',
    '/a\\b',
    '/a b',
    '/a"b',
    '/a:b',
    '/a@b',
    '/;a=1',
    '/a|b',
  ])
    assert.equal(await seen(url), await expected(url), url)
})
