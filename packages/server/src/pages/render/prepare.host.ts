import { stringify, parse } from 'devalue'
import type { PageModule, PagePlace } from '../author/page-module.ts'
import type { DocumentParts } from './document.host.ts'
import { headOf } from './head.host.ts'
import type { ProgramOptions, RenderHead, RenderInput } from './messages.ts'
import { pageTree } from './page-tree.ts'
import { validProps } from './props.host.ts'
import type { ReactDomServerLike, ReactLike } from './react.host.ts'
import type { RenderContext } from './render-context.host.ts'
import type { RouterData } from './router-data.ts'
import { routerTree, type RouterLike } from './router.host.ts'

export interface ProgramRoute {
  readonly id: string
  readonly page: PageModule
  /** From the outermost in. */
  readonly layouts: readonly PageModule[]
}

export interface ProgramParts {
  readonly react: ReactLike
  readonly server: ReactDomServerLike
  readonly routes: readonly ProgramRoute[]
  /** The project's React Router, when a page exports `routes`. */
  readonly router?: RouterLike
}

export type Prepared =
  | { readonly status: 'ready'; readonly tree: unknown; readonly document: DocumentParts }
  | { readonly status: 'none'; readonly head: RenderHead }

export type PreparedPage = Extract<Prepared, { status: 'ready' }>

/** Validates or reads the props, and builds the tree and what surrounds it. */
export async function prepare(
  parts: ProgramParts,
  route: ProgramRoute,
  input: RenderInput,
  context: RenderContext,
): Promise<Prepared> {
  const { params, query, path, status, nonce, shell } = input
  const checked = await propsOf(route.page, input)
  if (checked.status === 'invalid') return { status: 'none', head: { kind: 'invalid', issues: checked.issues } }
  const { props, propsText } = checked
  const place: PagePlace = { params, query, path, status }
  const assets = (context.options as ProgramOptions).assets[route.id] ?? { script: '', styles: [], preloads: [] }
  const mode = shell === undefined ? 'hydrate' : 'render'
  const document = (over: PagePlace, text = propsText): DocumentParts => ({
    merged: headOf(route, over, props),
    assets,
    place: over,
    propsText: shell === 'fetch' ? undefined : text,
    nonce,
    mode,
  })
  const layouts = route.layouts.map((layout) => layout.default)
  if (shell !== undefined) return { status: 'ready', tree: null, document: document(place) }
  if (route.page.routes !== undefined) {
    const loaded = input.propsText === undefined ? undefined : (props as RouterData)
    const routed = await routerTree(parts, route.page.routes, { input, loaded, signal: context.signal })
    if (routed.kind !== 'tree') return { status: 'none', head: routed }
    const page = (): unknown => routed.tree
    const over = { ...place, status: routed.status }
    const tree = pageTree(parts.react.createElement, { page, layouts }, over, {})
    return { status: 'ready', tree, document: document(over, input.propsText ?? routerText(routed.data)) }
  }
  const tree = pageTree(parts.react.createElement, { page: route.page.default, layouts }, place, props)
  return { status: 'ready', tree, document: document(place) }
}

/** Of an app without data, which is always the same. */
let noDataText: string | undefined

function routerText(data: RouterData): string {
  const { loaderData, actionData, errors } = data
  const isEmpty = errors === null && actionData === undefined && Object.keys(loaderData ?? { null: 0 }).length === 0
  if (!isEmpty) return stringify(data)
  noDataText ??= stringify(data)
  return noDataText
}

/** A page that the browser renders reads them all the same. */
const noPropsText = stringify({})

type PropsOf =
  | { readonly status: 'valid'; readonly props: unknown; readonly propsText: string }
  | Extract<Awaited<ReturnType<typeof validProps>>, { status: 'invalid' }>

async function propsOf(page: PageModule, { propsText, given }: RenderInput): Promise<PropsOf> {
  if (propsText !== undefined) return { status: 'valid', props: parse(propsText), propsText }
  // An app of a router has none besides what its loaders give.
  if (page.routes !== undefined) return { status: 'valid', props: {}, propsText: noPropsText }
  const checked = await validProps(page, given)
  return checked.status === 'invalid' ? checked : { ...checked, propsText: stringify(checked.props) }
}
