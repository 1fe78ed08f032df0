import type { HeaderList } from '../render/messages.ts'

/** What a visitor asked for, whatever HTTP library received it. */
export interface PageRequestIn {
  readonly method: string
  /** Path and query, below the base of the pages. */
  readonly url: string
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  /** Of a posted form. */
  readonly body?: Uint8Array
  /** Aborted when the visitor is gone. It may be made only when it is looked at. */
  readonly signal?: AbortSignal | undefined
}

/** The same request for another address. */
export function requestAt(request: PageRequestIn, url: string): PageRequestIn {
  const { method, headers, body } = request
  return {
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body }),
    get signal() {
      return request.signal
    },
  }
}

export interface PageAnswer {
  readonly status: number
  readonly headers: HeaderList
  /** A stream may end with an error: then the connection must break, so that nobody takes half a page for a whole one. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array | string>
  /** `Link` values that help before the answer is there. */
  readonly hints?: readonly string[]
}

/** Browsers ask for an icon unasked; a project without one should not see an error in every console. */
export const noIcon: PageAnswer = {
  status: 204,
  headers: [['cache-control', 'public, max-age=86400']],
  body: new Uint8Array(0),
}
