import { stringify } from 'devalue'
import { errorAnswer } from './fault.host.ts'
import type { HeaderList, LoadAnswer, LoadInput, NoPage, RenderInput } from './messages.ts'
import type { ReactLike } from './react.host.ts'
import { revivedErrors, type RouterData } from './router-data.ts'

interface RouteObject {
  readonly id?: string
  readonly element?: unknown
  readonly handle?: unknown
  readonly loader?: unknown
  readonly action?: unknown
  readonly lazy?: unknown
  readonly children?: readonly RouteObject[]
}

interface RouterMatch {
  readonly route: RouteObject
  readonly pathnameBase: string
}

interface StaticContext {
  readonly statusCode: number
  readonly matches: readonly RouterMatch[]
  readonly loaderData: RouterData['loaderData']
  readonly actionData?: RouterData['actionData']
  readonly loaderHeaders?: Readonly<Record<string, Headers>>
  readonly actionHeaders?: Readonly<Record<string, Headers>>
  readonly errors: RouterData['errors']
}

interface StaticHandler {
  readonly dataRoutes: readonly unknown[]
  query(request: AskedOfRouter, options?: { readonly normalizePath: () => RouterPath }): Promise<unknown>
}

/** As much of a request as a router looks at when it has nothing to load. */
type AskedOfRouter = Pick<Request, 'method' | 'url' | 'headers' | 'signal'>

interface RouterPath {
  readonly pathname: string
  readonly search: string
  readonly hash: string
}

/** As much of React Router 6.4 and later as rendering needs; the project brings its own copy. */
export interface RouterLike {
  createStaticHandler(routes: readonly unknown[]): StaticHandler
  createStaticRouter(dataRoutes: readonly unknown[], context: unknown): unknown
  createPath(to: unknown): string
  resolvePath(to: unknown, from: string): unknown
  readonly StaticRouterProvider: unknown
  readonly Navigate: unknown
}

interface RouterParts {
  readonly react: ReactLike
  readonly router?: RouterLike
}

type Routed =
  | { readonly kind: 'tree'; readonly tree: unknown; readonly status: number; readonly data: RouterData }
  | NoPage

type Queried = { readonly kind: 'context'; readonly context: StaticContext; readonly handler: StaticHandler } | NoPage

type Asked = Pick<RenderInput, 'url' | 'headers'> & Partial<Pick<LoadInput, 'method' | 'body'>>

interface RouteKinds {
  /** Some route gets data. */
  readonly hasLoaders: boolean
  /** Some route answers a posted form. */
  readonly hasActions: boolean
  /** Some route is not known before it is asked for. */
  readonly isLazy: boolean
}

const knownKinds = new WeakMap<readonly unknown[], RouteKinds>()

export function routeKinds(routes: readonly unknown[]): RouteKinds {
  const known = knownKinds.get(routes)
  if (known !== undefined) return known
  const all = [...eachRoute(routes as readonly RouteObject[])]
  const hasLoaders = all.some(({ loader }) => loader !== undefined)
  const hasActions = all.some(({ action }) => action !== undefined)
  const kinds = { hasLoaders, hasActions, isLazy: all.some(({ lazy }) => lazy !== undefined) }
  knownKinds.set(routes, kinds)
  return kinds
}

/** Runs the action of a posted form and the loaders of the matched routes, in a host that may wait. Never rejects. */
export async function loadRoutes(
  parts: RouterParts,
  routes: readonly unknown[],
  input: LoadInput,
  signal: AbortSignal,
): Promise<LoadAnswer> {
  try {
    const queried = await query(parts.router, routes, fullRequest(input, signal))
    if (queried.kind !== 'context') return queried
    const { statusCode: status, loaderData, actionData = null, errors } = queried.context
    const data: RouterData = {
      loaderData: await settled(loaderData),
      actionData: await settled(actionData),
      errors: publicErrors(errors),
    }
    return { kind: 'props', propsText: stringify(data), status, headers: headersOf(queried.context) }
  } catch (error) {
    return signal.aborted ? { kind: 'late' } : errorAnswer(error)
  }
}

/** Matches the address as React Router does, with its statuses and redirects. `loaded` is what the loaders gave, when they have run. */
export async function routerTree(
  parts: RouterParts,
  routes: readonly unknown[],
  { input, loaded, signal }: { input: RenderInput; loaded: RouterData | undefined; signal: AbortSignal },
): Promise<Routed> {
  const { hasLoaders, isLazy } = routeKinds(routes)
  const isSeen = loaded === undefined && (hasLoaders || isLazy)
  // A request with headers and a signal costs much, and only loaders see it.
  const request = isSeen ? fullRequest(input, signal) : unseenRequest(input)
  const queried = await query(parts.router, loaded === undefined ? routes : withoutLoaders(routes), request)
  if (queried.kind !== 'context') return queried
  const { react, router } = parts as Required<RouterParts>
  const { context, handler } = queried
  const made = async (): Promise<RouterData> => ({
    loaderData: isSeen ? await settled(context.loaderData) : context.loaderData,
    errors: publicErrors(context.errors),
  })
  const data = loaded ?? (await made())
  const status = loaded === undefined ? statusOf(context) : input.status
  const whole = { ...context, ...data, errors: revivedErrors(data.errors), statusCode: status }
  const staticRouter = router.createStaticRouter(handler.dataRoutes, whole)
  const tree = react.createElement(router.StaticRouterProvider, {
    router: staticRouter,
    context: whole,
    hydrate: false,
  })
  return { kind: 'tree', tree, status, data }
}

const handlers = new WeakMap<readonly unknown[], StaticHandler>()
const stripped = new WeakMap<readonly unknown[], readonly unknown[]>()

function fullRequest(asked: Asked, signal: AbortSignal): Request {
  const headers = (asked.headers ?? []).map(([name, value]): [string, string] => [name, value])
  const posted = asked.method === 'POST' ? { method: 'POST', body: Buffer.from(asked.body ?? '', 'base64') } : {}
  return new Request(addressOf(asked), { headers, signal, ...posted })
}

const noHeaders = new Headers()
const noSignal: AbortSignal = new AbortController().signal

function unseenRequest(asked: Asked): AskedOfRouter {
  return { method: 'GET', url: addressOf(asked), headers: noHeaders, signal: noSignal }
}

/** Only path and query count: the host of the visitor's address is nothing that a page should trust. */
function addressOf({ url = '/' }: Asked): string {
  return origin + (url.startsWith('/') ? url : `/${url}`)
}

const origin = 'http://localhost'

async function query(
  router: RouterLike | undefined,
  routes: readonly unknown[],
  request: AskedOfRouter,
): Promise<Queried> {
  if (router === undefined) throw new Error('a page exports "routes", but the project has no react-router')
  const handler = handlers.get(routes) ?? router.createStaticHandler(routes)
  handlers.set(routes, handler)
  const answer = await handler.query(request, plainPath(request.url))
  if (answer instanceof Response) return responseAnswer(answer)
  const context = answer as StaticContext
  const to = redirection(router, context.matches)
  if (to !== undefined) return { kind: 'redirect', status: 302, to }
  return { kind: 'context', context: { ...context, statusCode: statusOf(context) }, handler }
}

/** An address that a parser would leave as it is need not be parsed. Routers that do not know the option parse it all the same. */
function plainPath(url: string): Parameters<StaticHandler['query']>[1] {
  const pathname = url.slice(origin.length)
  return plain.test(pathname) ? { normalizePath: () => ({ pathname, search: '', hash: '' }) } : undefined
}

/** No escapes, no query, no empty segments, and none that begin with a dot. */
const plain = /^(?:\/|(?:\/[\w~-][\w.~-]*)+\/?)$/

function responseAnswer(response: Response): NoPage {
  const to = response.headers.get('location')
  if (to !== null) return { kind: 'redirect', status: response.status, to, headers: cookiesOf([response.headers]) }
  if (response.status === 404) return { kind: 'notFound' }
  throw new Error(`a loader answered with status ${response.status}`)
}

/** Cookies that loaders and actions set, and what the deepest route with an opinion says of keeping the answer. */
function headersOf({ matches, loaderHeaders = {}, actionHeaders = {} }: StaticContext): HeaderList {
  const rules = matches.map(({ route }) => loaderHeaders[route.id ?? '']?.get('cache-control') ?? undefined)
  const rule = rules.findLast((each) => each !== undefined)
  const cookies = cookiesOf([...Object.values(actionHeaders), ...Object.values(loaderHeaders)])
  return rule === undefined ? cookies : [...cookies, ['cache-control', rule]]
}

function cookiesOf(all: readonly Headers[]): HeaderList {
  return all.flatMap((headers) => headers.getSetCookie().map((cookie): [string, string] => ['set-cookie', cookie]))
}

/** `<Navigate to>` acts in an effect, which never runs on a server. */
function redirection(router: RouterLike, matches: readonly RouterMatch[]): string | undefined {
  for (const { route, pathnameBase } of matches) {
    const element = route.element as { type?: unknown; props?: { to?: unknown } } | null | undefined
    const to = element?.type === router.Navigate ? element?.props?.to : undefined
    if (to !== undefined) return router.createPath(router.resolvePath(to, pathnameBase))
  }
  return undefined
}

/** A route may say its status by `handle: { status }`, as one that catches every address should. */
function statusOf({ statusCode, matches }: StaticContext): number {
  const { status } = (matches.at(-1)?.route.handle ?? {}) as { status?: unknown }
  return statusCode === 200 && typeof status === 'number' ? status : statusCode
}

function* eachRoute(routes: readonly RouteObject[]): Generator<RouteObject> {
  for (const route of routes) {
    yield route
    yield* eachRoute(route.children ?? [])
  }
}

function withoutLoaders(routes: readonly unknown[]): readonly unknown[] {
  const known = stripped.get(routes) ?? (routes as readonly RouteObject[]).map(withoutLoader)
  stripped.set(routes, known)
  return known
}

function withoutLoader({ loader: _loader, ...route }: RouteObject): RouteObject {
  return route.children === undefined ? route : { ...route, children: route.children.map(withoutLoader) }
}

/** Promises that a loader leaves in its data are waited for: the browser gets values. */
async function settled(loaderData: RouterData['loaderData']): Promise<RouterData['loaderData']> {
  const entries = Object.entries(loaderData ?? {}).map(async ([id, data]) => [id, await settledFields(data)] as const)
  return Object.fromEntries(await Promise.all(entries))
}

async function settledFields(data: unknown): Promise<unknown> {
  if (typeof data !== 'object' || data === null) return data
  if (!Object.values(data).some((value) => value instanceof Promise)) return data
  const fields = Object.entries(data).map(async ([key, value]) => [key, await (value as unknown)] as const)
  return Object.fromEntries(await Promise.all(fields))
}

/** The routers' own error responses are plain data but for their class; other errors stay on the server, where they are printed. */
function publicErrors(errors: RouterData['errors']): RouterData['errors'] {
  if (errors === null) return null
  return Object.fromEntries(Object.entries(errors).map(([id, error]) => [id, publicError(error)]))
}

function publicError(error: unknown): unknown {
  const { status, statusText = '', data, internal = false } = (error ?? {}) as Record<string, unknown>
  if (typeof status === 'number') return { status, statusText, data: textOf(data), internal }
  console.error(error)
  return { hidden: true }
}

/** Its own message is an error instance in some versions. */
function textOf(data: unknown): unknown {
  return data instanceof Error ? data.message : data
}
