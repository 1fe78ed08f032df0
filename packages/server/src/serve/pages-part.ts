import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Type, type TSchema } from 'typebox'
import type { ResolvedServerOptions } from '../config/options.ts'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { pageErrors, type PageErrorEvent } from '../pages/answers/page-events.ts'
import { handleNodeRequest } from '../pages/http/node-handler.ts'
import type { Site } from '../pages/site.ts'
import type { Admission } from '../tokens/admission.ts'

/** The pages of a server. */
export interface PagesPart extends AsyncDisposable {
  /** For readiness. */
  state(): { readonly ready: boolean; readonly build: string }
  /** Lets running pages end within the time, in milliseconds. */
  close(deadlineMs: number): Promise<void>
}

interface Listeners {
  readonly publicApp: App
  readonly adminApp: App
  readonly admission: Admission
}

/** Serves the project's `pages/` at every address that nothing else has. `undefined` when there is no such folder: nothing is loaded then. */
export async function openPagesPart(
  { projectDir, pages: options }: ResolvedServerOptions,
  { publicApp, adminApp, admission }: Listeners,
): Promise<PagesPart | undefined> {
  if (projectDir === undefined || !existsSync(resolve(projectDir, options.dir))) return undefined
  const [{ openSite }, { addPageApi }] = await Promise.all([
    import('./pages-site.ts'),
    import('../pages/api/page-routes.ts'),
  ])
  const site = await openSite(projectDir, options, publicApp.server)
  pageErrors.subscribe(printError)
  const close = async (deadlineMs: number): Promise<void> => {
    pageErrors.unsubscribe(printError)
    await site.close(deadlineMs)
  }
  addPageApi(publicApp, { service: site.service, admission, maxBodyBytes: options.maxBodyBytes })
  await addPageRoutes(publicApp, site, options)
  addPageAdminRoutes(adminApp, site)
  const state: PagesPart['state'] = () => ({
    ready: site.pools.every((pool) => pool.stats().ready),
    build: site.buildId,
  })
  return { state, close, [Symbol.asyncDispose]: () => close(0) }
}

/** Below these, an address that nothing answers is a mistake of a program, not of a visitor. */
const apiPaths = /^\/(v1|f|flow)\//

async function addPageRoutes(
  app: App,
  site: Site,
  { maxBodyBytes, earlyHints }: ResolvedServerOptions['pages'],
): Promise<void> {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const handlerOptions = { maxBodyBytes, earlyHints, hintsOf: (url: string) => site.hintsOf(url) }
  await app.register(async (scope) => {
    // Bodies are read by the page's own handler.
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.route({
      method: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
      url: '/*',
      schema: { hide: true },
      handler: async (request, reply) => {
        if (apiPaths.test(request.url)) return reply.callNotFound()
        reply.hijack()
        reply.raw.setHeader('x-content-type-options', 'nosniff')
        if (closing) reply.raw.setHeader('connection', 'close')
        if (site.tools !== undefined && (await site.tools(request.raw, reply.raw))) return reply
        await handleNodeRequest(request.raw, reply.raw, (asked) => site.answer(asked), handlerOptions)
        return reply
      },
    })
  })
}

/** Tags and paths of kept pages. */
const purgeBody: TSchema = Type.Object(
  {
    tags: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
    paths: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
  },
  { additionalProperties: false },
)

function addPageAdminRoutes(app: App, site: Site): void {
  app.get('/admin/pages', () => ({
    build: site.buildId,
    kept: site.kept,
    pools: site.pools.map((pool) => pool.stats()),
  }))
  app.post('/admin/pages/reload', async () => {
    const { id, routes } = await site.reload()
    return { status: 'reloaded', build: id, routes: routes.length }
  })
  app.post<{ Body: { tags?: string[]; paths?: string[] } }>(
    '/admin/pages/purge',
    { schema: { body: purgeBody } },
    (request) => ({ purged: site.purge(request.body) }),
  )
  refuseOtherMethods(app, '/admin/pages', ['GET'])
  for (const path of ['/admin/pages/reload', '/admin/pages/purge']) refuseOtherMethods(app, path, ['POST'])
}

/** Whoever runs the server sees why a page failed; whoever asked for it does not. */
function printError(message: unknown): void {
  const { route, path, status, fault } = message as PageErrorEvent
  process.stderr.write(
    `evenkeel: the page "${route}" at ${JSON.stringify(path)} answered ${status}: ${fault.stack ?? fault.message}\n`,
  )
}
