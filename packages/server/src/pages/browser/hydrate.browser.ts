import { parse } from 'devalue'
import type { PagePlace } from '../author/page-module.ts'
import { pageTree, type PageParts } from '../render/page-tree.ts'

/** As much of the browser as this file uses: the rest of the package is compiled without its types. */
declare const document: { getElementById(id: string): { textContent: string | null } | null }
declare const location: { readonly href: string }

export interface BrowserReact {
  readonly createElement: (type: unknown, props: unknown, ...children: unknown[]) => unknown
  readonly hydrateRoot: (container: unknown, tree: unknown) => unknown
  readonly createRoot: (container: unknown) => { render(tree: unknown): void }
}

type RouterProvider = (hydration: unknown) => unknown

/** Brings the page to life: in what the server rendered, or in an empty root when the server sent a shell. */
export async function startPage(react: BrowserReact, parts: PageParts, router?: RouterProvider): Promise<void> {
  const root = document.getElementById('root')
  const { mode, ...place } = parse(textOf('evenkeel-place') ?? '[{}]') as PagePlace & { mode: 'hydrate' | 'render' }
  const text = textOf('evenkeel-props') ?? (await fetchProps())
  const props: unknown = parse(text)
  const page = router === undefined ? parts.page : (): unknown => router(props)
  const tree = pageTree(react.createElement, { ...parts, page }, place, router === undefined ? props : {})
  if (mode === 'hydrate') react.hydrateRoot(root, tree)
  else react.createRoot(root).render(tree)
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
