import type { Query } from '../author/page-module.ts'
import type { HeaderList } from '../render/messages.ts'
import type { PageRequestIn } from './page-answer.ts'

export interface Address {
  readonly path: string
  readonly query: Query
}

/** Splits path and query; a key that comes several times has a list. */
export function parseAddress(url: string): Address {
  const at = url.indexOf('?')
  if (at === -1) return { path: url, query: {} }
  const path = url.slice(0, at)
  const search = new URLSearchParams(url.slice(at + 1))
  const keys = [...new Set(search.keys())]
  const query = Object.fromEntries(
    keys.map((key) => {
      const values = search.getAll(key)
      return [key, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
  return { path, query }
}

/** Headers that pages have no use for, or that belong to the connection. */
const hidden = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
  'upgrade',
  'te',
  'expect',
])

export function headerList(headers: PageRequestIn['headers']): HeaderList {
  return Object.entries(headers).flatMap(([name, value]): [string, string][] => {
    if (value === undefined || hidden.has(name) || name.startsWith(':')) return []
    return [[name, typeof value === 'string' ? value : value.join(', ')]]
  })
}

export function headerOf(headers: PageRequestIn['headers'], name: string): string | undefined {
  const value = headers[name]
  return typeof value === 'object' ? value[0] : value
}

/** A form that another site posts in the visitor's name is refused (https://owasp.org, cross-site request forgery). */
export function isCrossSite(headers: PageRequestIn['headers']): boolean {
  const site = headerOf(headers, 'sec-fetch-site')
  if (site !== undefined) return site !== 'same-origin' && site !== 'none'
  const origin = headerOf(headers, 'origin')
  // Browsers that speak HTTP/2 send no `host` (RFC 9113, section 8.3.1).
  const own = headerOf(headers, 'host') ?? headerOf(headers, ':authority')
  return origin !== undefined && hostOf(origin) !== own
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
