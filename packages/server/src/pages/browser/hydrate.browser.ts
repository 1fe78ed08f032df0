import { parse } from 'devalue'
import { pageTree, type PageParts } from '../render/page-tree.ts'
import { parsePlace, type StartMode } from '../render/place-text.ts'
import { revivedErrors, type RouterData } from '../render/router-data.ts'

/** As much of the browser as this file uses: the rest of the package is compiled without its types. */
declare const document: { getElementById(id: string): { textContent: string | null } | null }
declare const location: { readonly href: string }

export interface BrowserReact {
  readonly createElement: (type: unknown, props: unknown, ...children: unknown[]) => unknown
  readonly hydrateRoot: (container: unknown, tree: unknown) => unknown
  readonly createRoot: (container: unknown) => { render(tree: unknown): void }
}

/** Without data, the router loads for itself. */
type RouterProvider = (hydration: RouterData | undefined) => unknown

/** Brings the page to life: in what the server rendered, or in an empty root when the server sent a shell. */
export async function startPage(react: BrowserReact, parts: PageParts, router?: RouterProvider): Promise<void> {
  const root = document.getElementById('root')
  const { mode, ...place } = parsePlace(textOf('evenkeel-place') ?? '{}')
  const text = textOf('evenkeel-props') ?? (await fetchProps())
  const props: unknown = parse(text)
  const tree =
    router === undefined
      ? pageTree(react.createElement, parts, place, props)
      : pageTree(react.createElement, { ...parts, page: routerPage(router, mode, props as RouterData) }, place, {})
  if (mode === 'hydrate') react.hydrateRoot(root, tree)
  else react.createRoot(root).render(tree)
}

function routerPage(
  router: RouterProvider,
  mode: StartMode,
  { loaderData, actionData = null, errors }: RouterData,
): () => unknown {
  const data = mode === 'hydrate' ? { loaderData, actionData, errors: revivedErrors(errors) } : undefined
  return (): unknown => router(data)
}

function textOf(id: string): string | undefined {
  return document.getElementById(id)?.textContent ?? undefined
}

/** The same address answers with props alone when it is asked so. */
async function fetchProps(): Promise<string> {
  const response = await fetch(location.href, { headers: { accept: 'application/vnd.evenkeel.props+json' } })
  if (!response.ok) throw new Error(`the data of this page cannot be loaded (${response.status})`)
  return response.text()
}
