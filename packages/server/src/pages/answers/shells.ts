import type { PageRenderer } from '../deployment/page-renderer.ts'
import type { PagePlace } from '../author/page-module.ts'
import { placeText } from '../render/place-text.ts'

/** Where a document says which address it is for. */
const placeElement = /(<script type="application\/json" id="evenkeel-place">)[^<]*/

/** Documents without a page in them, for the browser to render: made ahead, so that they need no host when there is none. */
export class Shells {
  readonly #documents: ReadonlyMap<string, string>

  constructor(documents: ReadonlyMap<string, string>) {
    this.#documents = documents
  }

  /** Of the routes that always send a shell, or may. */
  static async render(deployment: PageRenderer, nonce: string | undefined): Promise<Shells> {
    const documents = new Map<string, string>()
    for (const id of deployment.routes) {
      const meta = deployment.metaOf(id)
      if (meta?.config.runtime !== 'client' && meta?.config.onFailure !== 'shell') continue
      // The browser's own router loads for itself.
      const shell = meta.hasLoad && !meta.isRouter ? ('fetch' as const) : ('render' as const)
      const input = { route: id, params: {}, query: {}, path: '/', status: 200, shell }
      const rendered = await deployment.render(nonce === undefined ? input : { ...input, nonce })
      if (rendered.status === 'page') documents.set(id, Buffer.from(rendered.html).toString())
    }
    return new Shells(documents)
  }

  of(route: string, place: PagePlace): Uint8Array | undefined {
    const document = this.#documents.get(route)
    if (document === undefined) return undefined
    const text = placeText(place, 'render')
    return Buffer.from(document.replace(placeElement, (_whole, start: string) => start + text))
  }
}
