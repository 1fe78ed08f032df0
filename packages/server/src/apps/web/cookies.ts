import { parseCookie, stringifySetCookie } from 'cookie'
import { ServerError } from '../../errors/server-error.ts'

export interface CookieOptions {
  /** Until when the browser keeps it, in seconds. Default: until the browser ends. */
  readonly maxAgeS?: number
  /** Default `/`. */
  readonly path?: string
  /** Default: this host only. */
  readonly domain?: string
  /** Whether scripts of pages cannot read it. Default true. */
  readonly httpOnly?: boolean
  /** Whether it travels over TLS only. Default true; browsers count `localhost` as safe. */
  readonly secure?: boolean
  /** Default `lax`. */
  readonly sameSite?: 'strict' | 'lax' | 'none'
}

/** Cookies of a request by name. Of several with one name the first counts. */
export function readCookies(request: { readonly headers: Headers }): Readonly<Record<string, string | undefined>> {
  return parseCookie(request.headers.get('cookie') ?? '')
}

/** Adds a `Set-Cookie` header; others stay. Throws `EK_WEB_COOKIE` for a name or option that no cookie can have. */
export function setCookie(headers: Headers, name: string, value: string, options: CookieOptions = {}): void {
  const { maxAgeS, path = '/', domain, httpOnly = true, secure = true, sameSite = 'lax' } = options
  try {
    headers.append(
      'set-cookie',
      stringifySetCookie({
        name,
        value,
        path,
        httpOnly,
        secure,
        sameSite,
        ...(maxAgeS === undefined ? {} : { maxAge: maxAgeS }),
        ...(domain === undefined ? {} : { domain }),
      }),
    )
  } catch (cause) {
    throw new ServerError('EK_WEB_COOKIE', `the cookie "${name}" cannot be set: ${(cause as Error).message}`, { cause })
  }
}

/** Tells the browser to forget a cookie. `path` and `domain` must be those it was set with. */
export function deleteCookie(
  headers: Headers,
  name: string,
  options: Pick<CookieOptions, 'path' | 'domain'> = {},
): void {
  setCookie(headers, name, '', { ...options, maxAgeS: 0 })
}
