import { isbot } from 'isbot'
import type { PageCache as PageCacheRule, Params, Query } from '../author/page-module.ts'
import { sharedOrder, tagsOf } from '../cache/cache-key.ts'
import { KeptAddresses } from '../cache/kept-addresses.ts'
import type { CachedAnswer, Made, PageCache } from '../cache/page-cache.ts'
import type { PageRenderer, Visitor } from '../deployment/page-renderer.ts'
import type { RouteMeta } from '../render/messages.ts'
import type { RouteMatch } from '../routes/route-table.ts'
import {
  answerOf,
  dataAnswer,
  errorAnswer,
  failureStatus,
  htmlAnswer,
  redirectAnswer,
  reportFailure,
  type AnswerParts,
} from './answer-of.ts'
import type { ErrorPages } from './error-pages.ts'
import { newNonce, noncePlaceholder, type CspOptions } from './nonce.ts'
import type { PageAnswer, PageRequestIn } from './page-answer.ts'
import { loadInput, makePage, type MadePage, type PageOrder } from './page-maker.ts'
import { cacheRuleOf } from './prerender.ts'
import { headerList, headerOf, isCrossSite, parseAddress, type Address } from './request-parts.ts'
import type { Shells } from './shells.ts'

/** What is served now; replaced as a whole by the next build. */
export interface Stage {
  readonly deployment: PageRenderer
  readonly errors: ErrorPages
  readonly shells: Shells
  readonly cache: PageCache
}

export interface PageServiceOptions {
  readonly stage: () => Stage
  readonly csp: CspOptions | undefined
}

/** A page that a backend wants. */
export interface PageCall {
  readonly route: string
  readonly props?: unknown
  readonly params?: Params
  readonly query?: Query
  /** Path that the page is told it has. Default `/`. */
  readonly path?: string
  readonly stream?: boolean
  readonly signal?: AbortSignal
}

/** What the browser asks for when it has only a shell. */
const propsType = 'application/vnd.evenkeel.props+json'

/** Answers requests for pages. */
export class PageService {
  readonly #options: PageServiceOptions
  readonly #addresses = new KeptAddresses()

  constructor(options: PageServiceOptions) {
    this.#options = options
  }

  /** Never rejects for what pages or visitors do. */
  async answer(request: PageRequestIn): Promise<PageAnswer> {
    const stage = this.#options.stage()
    const parts = this.#parts(stage)
    const address = parseAddress(request.url)
    const match = stage.deployment.find(address.path)
    const meta = match === undefined ? undefined : stage.deployment.metaOf(match.id)
    if (match === undefined || meta === undefined) return errorAnswer(404, parts)
    const refused = refusal(request, meta)
    if (refused !== undefined) return errorAnswer(refused, parts, refused === 405 ? [allowed(meta)] : [])
    const order = this.#order(request, address, match, meta)
    if (headerOf(request.headers, 'accept') === propsType) return this.#data(stage, order, request)
    if (meta.config.runtime === 'client') return this.#shell(stage, order) ?? errorAnswer(500, parts)
    const rule = order.method === 'GET' ? cacheRuleOf(meta.config, order.path) : undefined
    if (rule !== undefined) return this.#cached(stage, order, { meta, rule }, request)
    const own = order.stream ? streamOrder(order) : order
    const made = await makePage(stage.deployment, own, request)
    if (made.kind === 'failed') reportFailure(made.failure, own)
    return this.#answerOf(made, own, stage, meta)
  }

  /** At once, when the address was asked for before and its copy is fresh. */
  keptAnswer(request: PageRequestIn): PageAnswer | undefined {
    const stage = this.#options.stage()
    const known = this.#addresses.find(request.url, stage)
    if (known === undefined || headerOf(request.headers, 'accept') === propsType) return undefined
    const answer = stage.cache.fresh(known.key, known.rule)
    return answer === undefined ? undefined : this.#keptAnswer(answer, known.meta, stage, request)
  }

  /** Renders a page for a backend. Nothing is kept. */
  async make({
    route,
    props,
    params = {},
    query = {},
    path = '/',
    stream = false,
    signal,
  }: PageCall): Promise<MadePage> {
    const { deployment } = this.#options.stage()
    const order: PageOrder = {
      route,
      params,
      query,
      path,
      method: 'GET',
      url: path,
      headers: [],
      given: props ?? {},
      nonce: undefined,
      stream,
    }
    const made = await makePage(deployment, order, { signal })
    if (made.kind === 'failed') reportFailure(made.failure, order)
    return made
  }

  has(route: string): boolean {
    return !route.startsWith('_') && this.#options.stage().deployment.metaOf(route) !== undefined
  }

  async #cached(
    stage: Stage,
    asked: PageOrder,
    { meta, rule }: { readonly meta: RouteMeta; readonly rule: PageCacheRule },
    request: PageRequestIn,
  ): Promise<PageAnswer> {
    const { order, key } = sharedOrder(asked, rule)
    if (stage.cache.fresh(key, rule) !== undefined) this.#addresses.remember(request.url, stage, { key, rule, meta })
    const answer = await stage.cache.answer<MadePage>({
      key,
      path: order.path,
      tags: tagsOf(rule, order),
      rule,
      // Not for one visitor alone: it goes on when that one leaves.
      make: async () => keepable(await makePage(stage.deployment, order, {}), order),
    })
    const made = answer.other
    if (made !== undefined) {
      const other = this.#answerOf(made, order, stage, meta)
      return { ...other, headers: [...other.headers, ['cache-status', answer.note]] }
    }
    return this.#keptAnswer(answer, meta, stage, request)
  }

  #keptAnswer(
    { kept, note }: CachedAnswer<MadePage>,
    meta: RouteMeta,
    stage: Stage,
    request: PageRequestIn,
  ): PageAnswer {
    const parts = this.#parts(stage)
    if (kept === undefined) return errorAnswer(500, parts)
    const { headers = [], cookies = [] } = meta.config.cache?.vary ?? {}
    const vary = [...headers, ...(cookies.length > 0 ? ['cookie'] : [])].join(', ')
    const own: [string, string][] = [
      ['cache-control', 'public, max-age=0, must-revalidate'],
      ['cache-status', note],
      ...(vary === '' ? [] : [['vary', vary] as [string, string]]),
    ]
    // A nonce makes every answer different, and a 304 would bring a policy that does not fit the copy.
    if (parts.csp !== undefined) return htmlAnswer(kept.status, kept.html, [...own, ...kept.headers], parts)
    const others = kept.headers.filter(([name]) => name.toLowerCase() !== 'etag')
    own.push(['etag', kept.etag])
    if (headerOf(request.headers, 'if-none-match') === kept.etag)
      return { status: 304, headers: own, body: new Uint8Array(0) }
    return htmlAnswer(kept.status, kept.html, [...own, ...others], parts)
  }

  #answerOf(made: MadePage, order: PageOrder, stage: Stage, meta: RouteMeta): PageAnswer {
    const mayShell = made.kind === 'failed' && meta.config.onFailure === 'shell' && order.method === 'GET'
    const shell = mayShell ? this.#shell(stage, order) : undefined
    return shell ?? answerOf(made, order, this.#parts(stage))
  }

  #shell(stage: Stage, { route, params, query, path }: PageOrder): PageAnswer | undefined {
    const html = stage.shells.of(route, { params, query, path, status: 200 })
    if (html === undefined) return undefined
    return htmlAnswer(200, html, [['cache-control', 'no-store']], this.#parts(stage))
  }

  /** The props alone, for a shell. */
  async #data(stage: Stage, order: PageOrder, visitor: Visitor): Promise<PageAnswer> {
    const loaded = await stage.deployment.load(loadInput(order), visitor)
    if ('reason' in loaded) {
      reportFailure(loaded, order)
      return errorAnswer(failureStatus(loaded), this.#parts(stage))
    }
    if (loaded.kind === 'props') return dataAnswer(loaded.propsText, loaded.headers)
    if (loaded.kind === 'redirect') return redirectAnswer(loaded)
    return errorAnswer(loaded.kind === 'notFound' ? 404 : 500, this.#parts(stage))
  }

  #order(request: PageRequestIn, { path, query }: Address, match: RouteMatch, meta: RouteMeta): PageOrder {
    const { method, url, headers, body } = request
    return {
      route: match.id,
      params: match.params,
      query,
      path,
      method: method === 'HEAD' ? 'GET' : method,
      url,
      headers: isSeen(method, meta) ? headerList(headers) : [],
      ...(body === undefined ? {} : { body }),
      nonce: this.#options.csp === undefined ? undefined : noncePlaceholder(),
      stream: meta.config.stream === true && method === 'GET' && !isbot(headerOf(headers, 'user-agent') ?? ''),
    }
  }

  #parts({ errors }: Stage): AnswerParts {
    return { errors, csp: this.#options.csp }
  }
}

/** Nobody looks through a stream for the placeholder of its nonce. */
function streamOrder(order: PageOrder): PageOrder {
  return order.nonce === undefined ? order : { ...order, nonce: newNonce() }
}

/** Whether anything of the page, or the key of its copy, may depend on headers. */
function isSeen(method: string, { hasLoad, waits, config }: RouteMeta): boolean {
  return hasLoad || waits || config.cache !== undefined || method === 'POST'
}

function refusal({ method, headers }: PageRequestIn, meta: RouteMeta): number | undefined {
  if (method === 'GET' || method === 'HEAD') return undefined
  if (method !== 'POST' || !meta.hasAction) return 405
  return isCrossSite(headers) ? 403 : undefined
}

function allowed({ hasAction }: RouteMeta): [string, string] {
  return ['allow', hasAction ? 'GET, HEAD, POST' : 'GET, HEAD']
}

/** Only whole pages that went well are kept, and none that sets a cookie. */
function keepable(made: MadePage, order: PageOrder): Made<MadePage> {
  if (made.kind === 'failed') reportFailure(made.failure, order)
  const isKept =
    made.kind === 'page' && made.status < 300 && !made.headers.some(([name]) => name.toLowerCase() === 'set-cookie')
  return { page: isKept ? made : undefined, other: made, failed: made.kind === 'failed' }
}
