import type { Head, PagePlace } from '../author/page-module.ts'
import type { MergedHead } from './head.host.ts'
import type { RouteAssets } from './messages.ts'
import { escapeHtml, voidElement } from './html.host.ts'
import { placeText, type StartMode } from './place-text.ts'

export interface DocumentParts {
  readonly merged: MergedHead
  readonly assets: RouteAssets
  readonly place: PagePlace
  /** As `devalue` wrote them; `undefined` when the browser gets them by itself. */
  readonly propsText: string | undefined
  readonly nonce: string | undefined
  readonly mode: StartMode
}

/** Everything before the rendered tree. `early` puts data and script there too, so that a streamed page comes alive before its end. */
export function documentStart(parts: DocumentParts, early: boolean): string {
  const { merged, assets, nonce } = parts
  const html = merged.isFixed ? fixedOpening(parts) : opening(merged.head, linksOf(assets, nonce))
  return early ? html + dataScripts(parts) : `${html}<div id="root">`
}

interface FixedOpening {
  readonly assets: RouteAssets
  readonly nonce: string | undefined
  readonly html: string
}

/** By head; the last of each, which is that of every page of its route as long as the nonce is a placeholder. */
const fixedOpenings = new WeakMap<MergedHead, FixedOpening>()

function fixedOpening({ merged, assets, nonce }: DocumentParts): string {
  const known = fixedOpenings.get(merged)
  if (known !== undefined && known.nonce === nonce && known.assets === assets) return known.html
  const html = opening(merged.head, linksOf(assets, nonce))
  fixedOpenings.set(merged, { assets, nonce, html })
  return html
}

function opening({ lang = 'en', title = '', meta = {}, links = [] }: Head, assetLinks: string): string {
  const tags = [
    '<meta charset="utf-8">',
    meta['viewport'] === undefined ? '<meta name="viewport" content="width=device-width, initial-scale=1">' : '',
    `<title>${escapeHtml(title)}</title>`,
    ...Object.entries(meta).map(([name, content]) => metaElement(name, content)),
    ...links.map((attributes) => voidElement('link', attributes)),
    assetLinks,
  ]
  return `<!DOCTYPE html><html lang="${escapeHtml(lang)}"><head>${tags.join('')}</head><body>`
}

/** A streamed tree has its root in itself. */
export function documentEnd(parts: DocumentParts, early: boolean): string {
  return `${early ? '' : `</div>${dataScripts(parts)}${entryOf(parts.assets, parts.nonce)}`}</body></html>`
}

function metaElement(name: string, content: string): string {
  const key = /^(og|article|book|profile|video|music|fb):/.test(name) ? 'property' : 'name'
  return voidElement('meta', { [key]: name, content: String(content) })
}

/** What `devalue` writes has no `<`, so that no text can end the element. */
function dataScripts({ place, propsText, mode, assets, nonce }: DocumentParts): string {
  const scripts = [
    `<script type="application/json" id="evenkeel-place">${knownPlaceText(assets, place, mode)}</script>`,
  ]
  if (propsText !== undefined) scripts.push(`<script type="application/json" id="evenkeel-props">${propsText}</script>`)
  if (assets.preamble !== undefined)
    scripts.push(`<script type="module"${nonceAttribute(nonce)}>${assets.preamble}</script>`)
  return scripts.join('')
}

interface FixedPlace {
  readonly path: string
  readonly status: number
  readonly mode: StartMode
  readonly text: string
}

/** The last of each route that has neither parameters nor a query. */
const fixedPlaces = new WeakMap<RouteAssets, FixedPlace>()

function knownPlaceText(assets: RouteAssets, place: PagePlace, mode: StartMode): string {
  if (!isEmpty(place.params) || !isEmpty(place.query)) return placeText(place, mode)
  const { path, status } = place
  const known = fixedPlaces.get(assets)
  if (known !== undefined && known.path === path && known.status === status && known.mode === mode) return known.text
  const text = placeText(place, mode)
  fixedPlaces.set(assets, { path, status, mode, text })
  return text
}

function isEmpty(values: object): boolean {
  return Object.keys(values).length === 0
}

interface AssetTexts {
  readonly nonce: string | undefined
  readonly links: string
  readonly entry: string
}

/** The same for every page of a route, as long as the nonce is a placeholder. */
const knownTexts = new WeakMap<RouteAssets, AssetTexts>()

function linksOf(assets: RouteAssets, nonce: string | undefined): string {
  return textsOf(assets, nonce).links
}

function entryOf(assets: RouteAssets, nonce: string | undefined): string {
  return textsOf(assets, nonce).entry
}

function textsOf(assets: RouteAssets, nonce: string | undefined): AssetTexts {
  const known = knownTexts.get(assets)
  if (known !== undefined && known.nonce === nonce) return known
  const withNonce = nonce === undefined ? {} : { nonce }
  const links = [
    ...assets.styles.map((href) => voidElement('link', { rel: 'stylesheet', href })),
    ...[assets.script, ...assets.preloads].map((href) =>
      voidElement('link', { rel: 'modulepreload', href, ...withNonce }),
    ),
  ]
  const entry = `<script type="module" src="${escapeHtml(assets.script)}"${nonceAttribute(nonce)}></script>`
  const texts = { nonce, links: links.join(''), entry }
  knownTexts.set(assets, texts)
  return texts
}

function nonceAttribute(nonce: string | undefined): string {
  return nonce === undefined ? '' : ` nonce="${escapeHtml(nonce)}"`
}
