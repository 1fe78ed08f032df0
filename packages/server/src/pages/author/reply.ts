const brand: unique symbol = Symbol.for('@evenkeel/server:page-reply') as never

/** Anything but plain props: returned or thrown by `load` and `action`. */
export interface PageReply {
  readonly [brand]: true
  readonly kind: 'redirect' | 'notFound' | 'props'
  readonly to?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly props?: unknown
}

/** Sends the visitor elsewhere. `to` is a path or an absolute URL; the status is 302 unless given. */
export function redirect(to: string, status: 301 | 302 | 303 | 307 | 308 = 302): PageReply {
  return { [brand]: true, kind: 'redirect', to, status }
}

/** Shows `_404` with status 404. */
export function notFound(): PageReply {
  return { [brand]: true, kind: 'notFound' }
}

/** Props with a status or headers of their own. */
export function respond(
  props: unknown,
  options: { readonly status?: number; readonly headers?: Readonly<Record<string, string>> } = {},
): PageReply {
  return { [brand]: true, kind: 'props', props, ...options }
}

export function isPageReply(value: unknown): value is PageReply {
  return typeof value === 'object' && value !== null && brand in value
}
