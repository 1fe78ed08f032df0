const brand: unique symbol = Symbol.for('@evenkeel/server:page-reply') as never

/** A header that is sent several times, such as `set-cookie`, has a list. */
export type ReplyHeaders = Readonly<Record<string, string | readonly string[]>>

/** Anything but plain props: returned or thrown by `load` and `action`. */
export interface PageReply {
  readonly [brand]: true
  readonly kind: 'redirect' | 'notFound' | 'props'
  readonly to?: string
  readonly status?: number
  readonly headers?: ReplyHeaders
  readonly props?: unknown
}

/** Sends the visitor elsewhere, also with a cookie. `to` is a path or an absolute URL; the status is 302 unless given. */
export function redirect(
  to: string,
  status: 301 | 302 | 303 | 307 | 308 = 302,
  options: { readonly headers?: ReplyHeaders } = {},
): PageReply {
  return { [brand]: true, kind: 'redirect', to, status, ...options }
}

/** Shows `_404` with status 404. */
export function notFound(): PageReply {
  return { [brand]: true, kind: 'notFound' }
}

/** Props with a status or headers of their own. */
export function respond(
  props: unknown,
  options: { readonly status?: number; readonly headers?: ReplyHeaders } = {},
): PageReply {
  return { [brand]: true, kind: 'props', props, ...options }
}

export function isPageReply(value: unknown): value is PageReply {
  return typeof value === 'object' && value !== null && brand in value
}
