import { ServerError } from '../errors/server-error.ts'

/** Wrong tokens that one address may try; a right one is never slowed down. */
export const failureRate = { runs: 60, windowMs: 60_000, burst: 30 } as const

export function missingToken(): ServerError {
  return new ServerError('EK_TOKEN_MISSING', 'this needs a token, and the request has none', {
    status: 401,
    hint: 'Send it as "Authorization: Bearer <token>"',
  })
}

export function wrongToken(): ServerError {
  return new ServerError('EK_TOKEN_INVALID', 'the token is unknown, expired or revoked', { status: 401 })
}

/** After too many wrong tokens; the next may be tried after `waitMs`. */
export function throttled(waitMs: number): ServerError {
  return new ServerError('EK_AUTH_THROTTLED', 'too many wrong tokens from this address', {
    status: 429,
    type: 'RateLimitError',
    retryAfterS: Math.ceil(waitMs / 1_000),
  })
}

export function foreignPage(): ServerError {
  return new ServerError('EK_FOREIGN_PAGE', 'a page of another origin may not act as a program of this machine', {
    status: 403,
    hint: 'Send a token, or use the address localhost or 127.0.0.1',
  })
}

/** An address that other machines can reach while nothing says who may use it. */
export function publicWithoutTokens(address: string, hint: string): ServerError {
  const message = `the address "${address}" can be reached from other machines and no token is configured`
  return new ServerError('EK_PUBLIC_WITHOUT_TOKENS', message, { hint })
}
