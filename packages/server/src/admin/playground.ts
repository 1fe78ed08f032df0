import { randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { readPlaygroundFiles, type PlaygroundFile, type PlaygroundFiles } from './playground-files.ts'

/** Paths that are open: they hold the page, which knows nothing. What it asks for needs the scope `admin`. */
export const playgroundPaths: readonly string[] = [
  '/',
  '/playground',
  '/playground/app.js',
  '/playground/app.css',
  '/playground/icon.svg',
  '/playground/licenses.txt',
]

const noncePlace = '%NONCE%'

/** The page at `/playground`, and a redirect to it from `/` unless something else is served there. */
export function addPlayground(app: App): void {
  let files: Promise<PlaygroundFiles> | undefined
  const read = (): Promise<PlaygroundFiles> => (files ??= readPlaygroundFiles())
  const schema = { hide: true }
  if (!app.hasRoute({ method: 'GET', url: '/' })) {
    app.get('/', { schema }, (_request, reply) => reply.redirect('/playground'))
    refuseOtherMethods(app, '/', ['GET'])
  }
  app.get('/playground', { schema }, async (_request, reply) => sendPage(reply, (await read()).page))
  refuseOtherMethods(app, '/playground', ['GET'])
  for (const name of ['app.js', 'app.css', 'icon.svg', 'licenses.txt'] as const) {
    const path = `/playground/${name}`
    app.get(path, { schema }, async (request, reply) => sendFile(request, reply, (await read()).assets[name]))
    refuseOtherMethods(app, path, ['GET'])
  }
}

/** The editor puts its style sheet into the page by script, which the nonce allows; nothing else inline is. */
function sendPage(reply: FastifyReply, page: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64')
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    // Browsers write style attributes themselves when coloured text is typed over.
    "style-src-attr 'unsafe-inline'",
    "connect-src 'self'",
    // The editor's marks of an error are images inside its style sheet.
    "img-src 'self' data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ]
  return reply
    .header('content-security-policy', policy.join('; '))
    .header('cross-origin-opener-policy', 'same-origin')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(noncePlace, nonce))
}

function sendFile(request: FastifyRequest, reply: FastifyReply, { etag, type, bytes }: PlaygroundFile): FastifyReply {
  reply.header('etag', etag).header('cache-control', 'no-cache').header('cross-origin-resource-policy', 'same-origin')
  if (request.headers['if-none-match'] === etag) return reply.status(304).send()
  return reply.type(type).send(bytes)
}
