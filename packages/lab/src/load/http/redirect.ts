import { headerOf } from './response.ts'
import type { WireAnswer } from './transport.ts'

export const maxRedirects = 10

const redirectCodes = new Set([300, 301, 302, 303, 307, 308])

export interface Hop {
  readonly url: URL
  readonly method: string
  readonly headers: Record<string, string>
  readonly body: string | Uint8Array | undefined
}

/** Where a response leads next, by RFC 9110 §15.4 and the common practice of turning POST into GET on 301 and 302. */
export function nextHop(answer: WireAnswer, hop: Hop): Hop | undefined {
  if (!redirectCodes.has(answer.statusCode)) return undefined
  const location = headerOf(answer.headers, 'location')
  if (location === undefined || !URL.canParse(location, hop.url.href)) return undefined
  const url = new URL(location, hop.url)
  const toGet =
    answer.statusCode === 303 || ((answer.statusCode === 301 || answer.statusCode === 302) && hop.method === 'POST')
  const headers = { ...hop.headers }
  delete headers['cookie']
  delete headers['host']
  if (url.origin !== hop.url.origin) delete headers['authorization']
  if (!toGet || hop.method === 'HEAD') return { url, method: hop.method, headers, body: hop.body }
  delete headers['content-type']
  delete headers['content-length']
  return { url, method: 'GET', headers, body: undefined }
}
