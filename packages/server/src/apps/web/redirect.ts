import { ServerError } from '../../errors/server-error.ts'

export type RedirectStatus = 301 | 302 | 303 | 307 | 308

/**
 * A redirect, to a relative address too. Default status 302. Throws `EK_WEB_REDIRECT` for an address that is none, or whose scheme is not
 * http or https. An address that a client chose may lead anywhere: `sameOrigin` keeps it on the site of the request.
 */
export function redirect(
  location: string,
  options: {
    readonly status?: RedirectStatus
    readonly headers?: Headers | Readonly<Record<string, string>>
    readonly sameOrigin?: Request
  } = {},
): Response {
  const { status = 302, sameOrigin } = options
  if (![301, 302, 303, 307, 308].includes(status)) throw refused(`${String(status)} is no status of a redirect`)
  const base = sameOrigin?.url ?? 'http://relative.invalid/'
  const target = URL.canParse(location, base) ? new URL(location, base) : undefined
  // Browsers drop control characters and take "\" for "/", which makes other addresses of what looks harmless.
  if (target === undefined || hasControl(location)) throw refused(`"${location}" is no address`)
  if (!/^https?:$/.test(target.protocol)) throw refused(`a redirect cannot lead to "${target.protocol}"`)
  if (sameOrigin !== undefined && target.origin !== new URL(base).origin)
    throw refused(`"${target.origin}" is another site than that of the request`)
  const headers = new Headers(options.headers)
  headers.set('location', encodeURI(location).replaceAll('%25', '%'))
  return new Response(null, { status, headers })
}

function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1)
    if (text.charCodeAt(index) < 32 || text.charCodeAt(index) === 127) return true
  return false
}

function refused(reason: string): ServerError {
  return new ServerError('EK_WEB_REDIRECT', `cannot redirect: ${reason}`)
}
