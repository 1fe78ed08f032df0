import type { PagePlace } from '../author/page-module.ts'

/** `hydrate` what was rendered, or `render` into an empty root. */
export type StartMode = 'hydrate' | 'render'

/** Where a page is, for the browser: JSON that cannot end its element. */
export function placeText(place: PagePlace, mode: StartMode): string {
  return JSON.stringify({ ...place, mode }).replaceAll('<', '\\u003c')
}

export function parsePlace(text: string): PagePlace & { readonly mode: StartMode } {
  return JSON.parse(text) as PagePlace & { readonly mode: StartMode }
}
