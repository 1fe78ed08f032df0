/** Pages inside the servers of others: what is theirs stays theirs, and the rest is answered by pages, kept copies and files included. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { createPages, type Pages } from '@evenkeel/server/pages'
import { copySite, rootOf, type SiteCopy } from './support/site.ts'

/** As much of Express as is used; it comes without types. */
interface ExpressApp {
  (request: IncomingMessage, response: ServerResponse): void
  get(path: string, handler: (request: unknown, response: ExpressResponse) => void): void
  use(handler: unknown): void
}

interface ExpressResponse {
  status(code: number): ExpressResponse
  send(text: string): void
}

const { default: express } = (await import(import.meta.resolve('express'))) as { readonly default: () => ExpressApp }

let site: SiteCopy
let pages: Pages

before(async () => {
  site = copySite('faulty')
  pages = await createPages({ dir: site.dir, hosts: 1, spares: 0 })
})

after(async () => {
  await pages.close()
  site[Symbol.dispose]()
})

test('Express: pages are middleware', async () => {
  const app = express()
  app.get('/own', (_request, response) => response.send('own'))
  app.use(pages.handler)
  app.use((_request: unknown, response: ExpressResponse) => response.status(404).send('nobody has it'))
  await using server = await listening(createServer(app))
  await servesPages(server.url)
  assert.deepEqual(await answer(`${server.url}/own`), [200, 'own'])
  assert.deepEqual(await answer(`${server.url}/nowhere`), [404, 'nobody has it'])
})

test('Fastify: pages take what no route has', async () => {
  const app = Fastify()
  app.get('/own', () => 'own')
  app.get('/*', (request, reply) => {
    reply.hijack()
    pages.handler(request.raw, reply.raw)
  })
  await app.ready()
  await using server = await listening(app.server)
  await servesPages(server.url)
  assert.deepEqual(await answer(`${server.url}/own`), [200, 'own'])
  assert.equal((await answer(`${server.url}/nowhere`))[0], 404)
})

test('Hono: pages answer requests of the Fetch standard', async () => {
  const app = new Hono()
  app.get('/own', (context) => context.text('own'))
  app.all('*', (context) => pages.fetch(context.req.raw))
  const fetched = async (path: string): Promise<Response> => app.fetch(new Request(`http://site.example${path}`))
  const page = await fetched('/fine')
  assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
  const script = /<script type="module" src="([^"]+)"/.exec(await page.text())?.[1] ?? ''
  assert.match((await fetched(script)).headers.get('content-type') ?? '', /javascript/)
  assert.equal(await (await fetched('/own')).text(), 'own')
  for (const note of [/fwd=uri-miss|hit/, /hit/, /hit/])
    assert.match((await fetched('/cached?q=hono')).headers.get('cache-status') ?? '', note)
})

async function servesPages(url: string): Promise<void> {
  const page = await fetch(`${url}/fine`)
  const text = await page.text()
  assert.equal(page.status, 200)
  assert.ok(rootOf(text).length > 0)
  const script = /<script type="module" src="([^"]+)"/.exec(text)?.[1] ?? ''
  const file = await fetch(url + script)
  assert.match(file.headers.get('content-type') ?? '', /javascript/)
  await file.text()
  for (const note of [/fwd=uri-miss|hit/, /hit/, /hit/]) {
    const kept = await fetch(`${url}/cached?q=mounted`)
    assert.match(kept.headers.get('cache-status') ?? '', note)
    assert.match(await kept.text(), /mounted/)
  }
}

async function answer(url: string): Promise<[number, string]> {
  const response = await fetch(url)
  return [response.status, await response.text()]
}

async function listening(server: Server): Promise<AsyncDisposable & { readonly url: string }> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: close }
}
