/**
 * Reads a `Retry-After` header (RFC 9110 §10.2.3): seconds, or an HTTP date. A date is compared with the `Date` header of the same answer
 * when there is one, so that the clocks of the two machines may differ. `undefined` for anything that is not a time to come.
 */
export function parseRetryAfter(value: string | undefined, answeredAt: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const text = value.trim()
  if (/^\d+$/.test(text)) return Number(text) > 0 ? Number(text) * 1000 : undefined
  if (!/^[A-Za-z]{3,9},? /.test(text)) return undefined
  const atMs = Date.parse(text)
  if (Number.isNaN(atMs)) return undefined
  const serverNowMs = Date.parse(answeredAt ?? '')
  const waitMs = atMs - (Number.isNaN(serverNowMs) ? Date.now() : serverNowMs)
  return waitMs > 0 ? waitMs : undefined
}
