import type { NoPage, RenderInput } from './messages.ts'
import type { ReactLike } from './react.host.ts'

interface RouterMatch {
  readonly route: { readonly element?: unknown }
}

interface StaticContext {
  readonly statusCode: number
  readonly matches: readonly RouterMatch[]
  readonly loaderData: unknown
  readonly actionData: unknown
  readonly errors: unknown
}

/** As much of React Router 6.4 and later as rendering needs; the project brings its own copy. */
export interface RouterLike {
  createStaticHandler(routes: readonly unknown[]): {
    readonly dataRoutes: readonly unknown[]
    query(request: Request): Promise<unknown>
  }
  createStaticRouter(dataRoutes: readonly unknown[], context: unknown): unknown
  readonly StaticRouterProvider: unknown
  readonly Navigate: unknown
}

type Routed =
  | { readonly kind: 'tree'; readonly tree: unknown; readonly status: number; readonly hydration: unknown }
  | NoPage

/** Matches the address as React Router does, with its loaders, statuses and redirects. */
export async function routerTree(
  { react, router }: { readonly react: ReactLike; readonly router?: RouterLike },
  routes: readonly unknown[],
  { url = '/', headers = [] }: RenderInput,
  signal: AbortSignal,
): Promise<Routed> {
  if (router === undefined) throw new Error('a page exports "routes", but the project has no react-router')
  const handler = router.createStaticHandler(routes)
  // Only path and query count: the host of the visitor's address is nothing that a page should trust.
  const address = new URL(`http://localhost${url.startsWith('/') ? url : `/${url}`}`)
  const list = headers.map(([name, value]): [string, string] => [name, value])
  const answer = await handler.query(new Request(address, { headers: list, signal }))
  if (answer instanceof Response) return responseAnswer(answer)
  const context = answer as StaticContext
  const to = redirection(router, context.matches)
  if (to !== undefined) return { kind: 'redirect', status: 302, to }
  const staticRouter = router.createStaticRouter(handler.dataRoutes, context)
  const tree = react.createElement(router.StaticRouterProvider, { router: staticRouter, context, hydrate: false })
  const { loaderData, actionData, errors } = context
  const hydration = { loaderData, actionData, errors: plainErrors(errors) }
  return { kind: 'tree', tree, status: context.statusCode, hydration }
}

function responseAnswer(response: Response): NoPage {
  const to = response.headers.get('location')
  if (to !== null) return { kind: 'redirect', status: response.status, to }
  if (response.status === 404) return { kind: 'notFound' }
  throw new Error(`a loader answered with status ${response.status}`)
}

/** `<Navigate to>` acts in an effect, which never runs on a server. */
function redirection({ Navigate }: RouterLike, matches: readonly RouterMatch[]): string | undefined {
  for (const { route } of matches) {
    const element = route.element as { type?: unknown; props?: { to?: unknown } } | null | undefined
    if (element?.type === Navigate && typeof element?.props?.to === 'string') return element.props.to
  }
  return undefined
}

/** The routers' own error responses are plain data but for their class; other errors stay on the server. */
function plainErrors(errors: unknown): unknown {
  if (typeof errors !== 'object' || errors === null) return null
  return Object.fromEntries(
    Object.entries(errors).map(([id, error]) => {
      const { status, statusText = '', data, internal } = (error ?? {}) as Record<string, unknown>
      return [id, typeof status === 'number' ? { status, statusText, data, internal } : { hidden: true }]
    }),
  )
}
