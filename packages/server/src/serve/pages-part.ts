import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Pool } from '@evenkeel/pool'
import type { ResolvedServerOptions } from '../config/options.ts'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { pageErrors } from '../pages/answers/page-events.ts'
import { printPageError } from '../pages/answers/print-page-error.ts'
import { purgeBody } from '../pages/cache/purge-body.ts'
import { handleKept, handleNodeRequest } from '../pages/http/node-handler.ts'
import type { HeaderList } from '../pages/render/messages.ts'
import type { Site } from '../pages/site.ts'
import type { Admission } from '../tokens/admission.ts'
import type { PublicFront } from './public-front.ts'

/** Names of the pools that a build has. */
export const pagePoolNames: readonly string[] = ['pages-rendering', 'pages-waiting']

/** The pages of a server. */
export interface PagesPart extends AsyncDisposable {
  /** Of the build that is served now. */
  pools(): readonly Pool[]
  /** For readiness. */
  state(): { readonly ready: boolean; readonly build: string }
  /** Lets running pages end within the time, in milliseconds. */
  close(deadlineMs: number): Promise<void>
}

interface Listeners {
  readonly publicApp: App
  readonly adminApp: App
  readonly admission: Admission
  readonly front: PublicFront
}

/** Serves the project's `pages/` at every address that nothing else has. `undefined` when there is no such folder: nothing is loaded then. */
export async function openPagesPart(
  { projectDir, pages: options }: ResolvedServerOptions,
  { publicApp, adminApp, admission, front }: Listeners,
): Promise<PagesPart | undefined> {
  if (projectDir === undefined || !existsSync(resolve(projectDir, options.dir))) return undefined
  const [{ openSite }, { addPageApi }] = await Promise.all([
    import('./pages-site.ts'),
    import('../pages/api/page-routes.ts'),
  ])
  const site = await openSite(projectDir, options, publicApp.server)
  pageErrors.subscribe(printPageError)
  const close = async (deadlineMs: number): Promise<void> => {
    pageErrors.unsubscribe(printPageError)
    await site.close(deadlineMs)
  }
  addPageApi(publicApp, { service: site.service, admission, maxBodyBytes: options.maxBodyBytes })
  await addPageRoutes(publicApp, site, { ...options, front })
  addPageAdminRoutes(adminApp, site)
  const state: PagesPart['state'] = () => ({
    ready: site.pools.every((pool) => pool.stats().ready),
    build: site.buildId,
  })
  return { pools: () => site.pools, state, close, [Symbol.asyncDispose]: () => close(0) }
}

/** Below these, an address that nothing answers is a mistake of a program, not of a visitor. */
const apiPaths = /^\/(v1|f|flow)\//

const ownHeaders: HeaderList = [['x-content-type-options', 'nosniff']]
const lastHeaders: HeaderList = [...ownHeaders, ['connection', 'close']]

async function addPageRoutes(
  app: App,
  site: Site,
  { maxBodyBytes, earlyHints, front }: ResolvedServerOptions['pages'] & Pick<Listeners, 'front'>,
): Promise<void> {
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  const open = { maxBodyBytes, earlyHints, hintsOf: (url: string) => site.hintsOf(url), headers: ownHeaders }
  const ending = { ...open, headers: lastHeaders }
  const kept = site.keptAnswer?.bind(site)
  if (kept !== undefined)
    front.kept = (request, response) => handleKept(request, response, { kept, own: closing ? lastHeaders : ownHeaders })
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
        if (site.tools !== undefined && (await site.tools(request.raw, reply.raw))) return reply
        await handleNodeRequest(request.raw, reply.raw, (asked) => site.answer(asked), closing ? ending : open)
        return reply
      },
    })
  })
}

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
