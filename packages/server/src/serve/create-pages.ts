import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { resolvePagesOptions, type PagesOptions } from '../config/pages-options.ts'
import { ServerError } from '../errors/server-error.ts'
import type { PageAnswer } from '../pages/answers/page-answer.ts'
import { pageError } from '../pages/answers/page-error.ts'
import type { PageCall } from '../pages/answers/page-service.ts'
import { fetchAnswer } from '../pages/http/fetch-handler.ts'
import { handleKept, handleNodeRequest } from '../pages/http/node-handler.ts'
import type { Site } from '../pages/site.ts'
import { openSite } from './pages-site.ts'

export interface CreatePagesOptions extends Omit<PagesOptions, 'dir'> {
  /** The project's folder: where `pages/`, `public/` and `vite.config` are. */
  readonly dir: string
  /** Folder of the pages, below the project's. Default `pages`. */
  readonly pagesDir?: string
}

/** A page as a string of HTML, or where the page sends its visitor. */
export interface RenderedPage {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** Empty for a redirect: `headers.location` says where to. */
  readonly html: string
}

/** Pages inside another server. Dispose of it to end its processes. */
export interface Pages extends AsyncDisposable {
  /**
   * Renders a page by its name, such as `products/[id]`, with the props that its component gets. Rejects with `EK_PAGE_NOT_FOUND`,
   * `EK_PAGE_PROPS`, `EK_PAGE_THREW`, `EK_PAGE_TIMEOUT`, `EK_OVERLOAD_QUEUE_FULL` or `EK_UNAVAILABLE`.
   */
  render(route: string, props?: unknown, options?: Omit<PageCall, 'route' | 'props' | 'stream'>): Promise<RenderedPage>
  /**
   * For `node:http`, Express, Connect, and the raw objects of Fastify: answers pages and their files. With `next`, addresses that are
   * neither are left to it.
   */
  readonly handler: (request: IncomingMessage, response: ServerResponse, next?: (error?: unknown) => void) => void
  /** For Hono and whatever else speaks `fetch`. */
  readonly fetch: (request: Request) => Promise<Response>
  /** Whether an address, path and query, is a page or a file of one. */
  handles(url: string): boolean
  /** Builds the pages again and swaps them in; when that fails, the old ones go on. */
  reload(): Promise<void>
  /** Forgets kept pages by tag or path; all of them when neither is given. Returns how many. */
  purge(what?: { readonly tags?: readonly string[]; readonly paths?: readonly string[] }): number
  /** Lets running pages end within the time, in milliseconds (default 10000). Idempotent. */
  close(deadlineMs?: number): Promise<void>
}

/** Builds a project's pages where needed and starts their hosts. Throws `EK_PAGES_BUILD`, `EK_PAGES_ROUTE` or `EK_PAGES_START`. */
export async function createPages({ dir, pagesDir, ...options }: CreatePagesOptions): Promise<Pages> {
  const resolved = resolvePagesOptions({ ...options, ...(pagesDir === undefined ? {} : { dir: pagesDir }) })
  if (!existsSync(resolve(dir, resolved.dir)))
    throw new ServerError('EK_PAGES_BUILD', `there is no folder "${resolved.dir}" with pages in "${dir}"`)
  const site = await openSite(dir, resolved)
  const handlerOptions = { ...resolved, hintsOf: (url: string) => site.hintsOf(url) }
  const answer = (request: Parameters<Site['answer']>[0]): Promise<PageAnswer> => site.answer(request)
  const kept = site.keptAnswer?.bind(site)
  const close = (deadlineMs?: number): Promise<void> => site.close(deadlineMs)
  return {
    render: (route, props, more = {}) => renderPage(site, { ...more, route, props }),
    handler: (request, response, next) => {
      if (kept !== undefined && handleKept(request, response, { kept, own: [] })) return
      const failed = (error: Error): void => {
        if (next !== undefined && !response.headersSent) next(error)
        else response.destroy(error)
      }
      const handle = async (): Promise<void> => {
        if (site.tools !== undefined && (await site.tools(request, response))) return
        if (next !== undefined && !site.handles(request.url ?? '/')) return next()
        await handleNodeRequest(request, response, answer, handlerOptions)
      }
      handle().catch(failed)
    },
    fetch: (request) => fetchAnswer(request, answer, resolved),
    handles: (url) => site.handles(url),
    reload: async () => void (await site.reload()),
    purge: (what = {}) => site.purge(what),
    close,
    [Symbol.asyncDispose]: () => close(0),
  }
}

async function renderPage({ service }: Site, call: PageCall): Promise<RenderedPage> {
  if (!service.has(call.route))
    throw new ServerError('EK_PAGE_NOT_FOUND', `there is no page ${JSON.stringify(call.route)}`, { status: 404 })
  const made = await service.make(call)
  if (made.kind === 'redirect')
    return { status: made.status, headers: { ...Object.fromEntries(made.headers ?? []), location: made.to }, html: '' }
  if (made.kind !== 'page')
    throw made.kind === 'streaming' ? new Error('the page was streamed unasked') : pageError(made)
  const headers = { 'content-type': 'text/html; charset=utf-8', ...Object.fromEntries(made.headers) }
  return { status: made.status, headers, html: Buffer.from(made.html).toString() }
}
