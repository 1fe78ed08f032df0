import { STATUS_CODES } from 'node:http'
import type { PageRenderer } from '../deployment/page-renderer.ts'

/** Statuses that get a page of the project, rendered ahead so that they need no host when there is none. */
const errorStatuses = [400, 403, 405, 413, 422, 500, 503, 504] as const

/** Documents for what went wrong: `_404` and `_error` where the project has them. */
export class ErrorPages {
  readonly #pages: ReadonlyMap<number, Uint8Array>

  constructor(pages: ReadonlyMap<number, Uint8Array>) {
    this.#pages = pages
  }

  static async render(deployment: PageRenderer, nonce: string | undefined): Promise<ErrorPages> {
    const wanted: [number, string][] = [
      [404, '_404'],
      ...errorStatuses.map((each): [number, string] => [each, '_error']),
    ]
    const pages = new Map<number, Uint8Array>()
    for (const [status, id] of wanted) {
      if (deployment.metaOf(id) === undefined) continue
      const propsText = `[{"status":1},${status}]`
      const input = { route: id, params: {}, query: {}, path: '/', status, propsText }
      const rendered = await deployment.render(nonce === undefined ? input : { ...input, nonce })
      if (rendered.status === 'page') pages.set(status, rendered.html)
    }
    return new ErrorPages(pages)
  }

  of(status: number): Uint8Array {
    return this.#pages.get(status) ?? this.#pages.get(500) ?? plainPage(status)
  }
}

function plainPage(status: number): Uint8Array {
  const text = STATUS_CODES[status] ?? 'Error'
  return Buffer.from(
    `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${status} ${text}</title></head>` +
      `<body style="font:16px system-ui;margin:15vh auto;max-width:32rem;padding:0 1rem"><h1>${status}</h1><p>${text}</p></body></html>`,
  )
}
