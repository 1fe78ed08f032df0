import { messageOf } from '../../errors/lab-error.ts'
import { toText } from '../../util/to-text.ts'
import type { PlainRecord } from '../../util/records.ts'
import type { User } from '../user.ts'
import type { ResponseHeaders } from './transport.ts'

/** Whether a request of the user can have a cookie: the step names one, or the user's jar was made. */
export function mayHaveCookies(user: User, cookie: PlainRecord | undefined): boolean {
  return user.jar({ make: cookie !== undefined }) !== undefined
}

/** Puts the step's and the default cookies into the user's jar, and the jar's into the request. */
export async function addCookies(
  user: User,
  url: string,
  request: { readonly headers: Record<string, string>; readonly cookie: PlainRecord | undefined },
): Promise<void> {
  const { cookie, headers } = request
  const jar = user.jar({ make: cookie !== undefined })
  if (jar === undefined) return
  for (const [name, value] of Object.entries(cookie ?? {}))
    await jar.setCookie(`${name}=${toText(value)}`, url, { ignoreError: true })
  const text = await jar.getCookieString(url)
  if (text !== '') headers['cookie'] = headers['cookie'] === undefined ? text : `${headers['cookie']}; ${text}`
}

/** Keeps the cookies of a response. A malformed one is counted and does not end the user. */
export async function keepCookies(user: User, url: string, headers: ResponseHeaders): Promise<void> {
  const given = headers['set-cookie']
  if (given === undefined) return
  const jar = user.jar({ make: true })
  for (const text of Array.isArray(given) ? given : [given]) {
    try {
      const cookie = await jar?.setCookie(text, url)
      if (cookie === undefined) throw new Error(`"${text}" is no cookie`)
    } catch (error) {
      const { recorder, clock } = user.environment
      recorder.error({ code: 'cookie_parse_error_invalid_cookie', message: messageOf(error) }, clock.nowMs())
    }
  }
}
