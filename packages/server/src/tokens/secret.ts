import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

/** 256 random bits need no slow hash: guessing them is out of reach (RFC 9106 is for passwords). */
export function newSecret(): string {
  return `ek_${randomBytes(32).toString('base64url')}`
}

export function hashOf(secret: string): Uint8Array {
  return createHash('sha256').update(secret).digest()
}

export function isSameHash(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && timingSafeEqual(first, second)
}

const headerLimit = 512

/** The token of a request: `Authorization: Bearer`, or `accessToken` as other services name it. */
export function presentedSecret(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const { authorization, accesstoken } = headers
  const bearer = typeof authorization === 'string' ? /^Bearer +(\S+)$/i.exec(authorization)?.[1] : undefined
  const secret = bearer ?? accesstoken ?? headers['access-token']
  return typeof secret === 'string' && secret !== '' && secret.length <= headerLimit ? secret : undefined
}

/** The headers that may hold a token; they never reach a block or the history. */
export const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'accesstoken', 'access-token'])
