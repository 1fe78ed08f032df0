import type { Head, HeadOf, PagePlace } from '../author/page-module.ts'
import type { RouteAssets } from './messages.ts'
import { escapeHtml, voidElement } from './html.host.ts'
import { placeText, type StartMode } from './place-text.ts'

export interface DocumentParts {
  readonly head: Head
  readonly assets: RouteAssets
  readonly place: PagePlace
  /** As `devalue` wrote them; `undefined` when the browser gets them by itself. */
  readonly propsText: string | undefined
  readonly nonce: string | undefined
  readonly mode: StartMode
}

/** Layouts first, the page last: what comes later wins. */
export function mergedHead(heads: readonly (HeadOf | undefined)[], place: PagePlace, props: unknown): Head {
  let merged: Head = {}
  for (const each of heads) {
    if (each === undefined) continue
    const head = typeof each === 'function' ? each({ ...place, props }) : each
    const links = [...(merged.links ?? []), ...(head.links ?? [])]
    merged = { ...merged, ...head, meta: { ...merged.meta, ...head.meta }, links }
  }
  return merged
}

/** Everything before the rendered tree. `early` puts data and script there too, so that a streamed page comes alive before its end. */
export function documentStart(parts: DocumentParts, early: boolean): string {
  const { head, assets, nonce } = parts
  const { lang = 'en', title = '', meta = {}, links = [] } = head
  const tags = [
    '<meta charset="utf-8">',
    meta['viewport'] === undefined ? '<meta name="viewport" content="width=device-width, initial-scale=1">' : '',
    `<title>${escapeHtml(title)}</title>`,
    ...Object.entries(meta).map(([name, content]) => metaElement(name, content)),
    ...links.map((attributes) => voidElement('link', attributes)),
    assetLinks(assets, nonce),
  ]
  const html = `<!DOCTYPE html><html lang="${escapeHtml(lang)}"><head>${tags.join('')}</head><body>`
  return early ? html + dataScripts(parts) : `${html}<div id="root">`
}

interface AssetLinks {
  readonly nonce: string | undefined
  readonly html: string
}

/** The same for every page of a route, as long as the nonce is a placeholder. */
const knownLinks = new WeakMap<RouteAssets, AssetLinks>()

function assetLinks(assets: RouteAssets, nonce: string | undefined): string {
  const known = knownLinks.get(assets)
  if (known !== undefined && known.nonce === nonce) return known.html
  const withNonce = nonce === undefined ? {} : { nonce }
  const links = [
    ...assets.styles.map((href) => voidElement('link', { rel: 'stylesheet', href })),
    ...[assets.script, ...assets.preloads].map((href) =>
      voidElement('link', { rel: 'modulepreload', href, ...withNonce }),
    ),
  ]
  const html = links.join('')
  knownLinks.set(assets, { nonce, html })
  return html
}

/** A streamed tree has its root in itself. */
export function documentEnd(parts: DocumentParts, early: boolean): string {
  return `${early ? '' : `</div>${dataScripts(parts)}${entryScript(parts)}`}</body></html>`
}

function metaElement(name: string, content: string): string {
  const key = /^(og|article|book|profile|video|music|fb):/.test(name) ? 'property' : 'name'
  return voidElement('meta', { [key]: name, content: String(content) })
}

/** What `devalue` writes has no `<`, so that no text can end the element. */
function dataScripts({ place, propsText, mode, assets, nonce }: DocumentParts): string {
  const scripts = [`<script type="application/json" id="evenkeel-place">${placeText(place, mode)}</script>`]
  if (propsText !== undefined) scripts.push(`<script type="application/json" id="evenkeel-props">${propsText}</script>`)
  if (assets.preamble !== undefined)
    scripts.push(`<script type="module"${nonceAttribute(nonce)}>${assets.preamble}</script>`)
  return scripts.join('')
}

function entryScript({ assets, nonce }: DocumentParts): string {
  return `<script type="module" src="${escapeHtml(assets.script)}"${nonceAttribute(nonce)}></script>`
}

function nonceAttribute(nonce: string | undefined): string {
  return nonce === undefined ? '' : ` nonce="${escapeHtml(nonce)}"`
}
