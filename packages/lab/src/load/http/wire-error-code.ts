import { isRecord } from '../../util/records.ts'

/** The HTTP client's own codes, by the system codes that scripts and dashboards know. */
const known: Readonly<Record<string, string>> = {
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_CONNECT_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_HEADERS_TIMEOUT: 'ETIMEDOUT',
  UND_ERR_BODY_TIMEOUT: 'ETIMEDOUT',
}

/** The code of a network failure: that of the system where there is one, the HTTP parser's, else the client's. */
export function wireErrorCode(error: unknown): string {
  if (!isRecord(error)) return 'UNKNOWN'
  const inner = isRecord(error['cause']) ? error['cause']['code'] : undefined
  const code = typeof error['code'] === 'string' ? error['code'] : firstCode(error['errors'])
  if (code === 'UND_ERR_SOCKET' && typeof inner === 'string' && !inner.startsWith('UND_')) return inner
  // What ends in the middle of nonsense has no code of the parser's own.
  if (error['name'] === 'HTTPParserError') return code ?? 'HPE_INVALID'
  if (code === undefined) return typeof error['name'] === 'string' ? error['name'] : 'UNKNOWN'
  return known[code] ?? code
}

/** A connection that was tried on several addresses fails with all their errors. */
function firstCode(errors: unknown): string | undefined {
  if (!Array.isArray(errors)) return undefined
  const first: unknown = errors[0]
  return isRecord(first) && typeof first['code'] === 'string' ? first['code'] : undefined
}
