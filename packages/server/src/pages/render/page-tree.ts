import type { PagePlace } from '../author/page-module.ts'

type CreateElement = (type: unknown, props: unknown, ...children: unknown[]) => unknown

export interface PageParts {
  readonly page: unknown
  /** From the outermost in. */
  readonly layouts: readonly unknown[]
}

/** The same tree on the server and in the browser, or hydration would not find what was sent. */
export function pageTree(createElement: CreateElement, parts: PageParts, place: PagePlace, props: unknown): unknown {
  const own = typeof props === 'object' && props !== null ? props : {}
  const page = createElement(parts.page, { params: place.params, query: place.query, path: place.path, ...own })
  return parts.layouts.reduceRight((child, layout) => createElement(layout, { ...place }, child), page)
}
