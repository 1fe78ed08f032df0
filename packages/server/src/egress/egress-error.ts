import { ServerError } from '../errors/server-error.ts'

/** What a block is told of a request that failed. System codes such as `ECONNREFUSED` are safe: only allowed addresses give any. */
export function egressError(error: unknown, timeoutMs: number | undefined): ServerError {
  const own = ownError(error)
  if (own !== undefined) return own
  if (timeoutMs !== undefined)
    return new ServerError('EK_EGRESS_TIMEOUT', `the request took longer than ${timeoutMs} ms`, { cause: error })
  const reason = systemCode(error) ?? 'the connection failed'
  return new ServerError('EK_EGRESS_FAILED', `the request failed: ${reason}`, { cause: error })
}

/** Ours come wrapped, in whatever the HTTP client makes of them. */
function ownError(error: unknown): ServerError | undefined {
  for (const each of chain(error)) if (each instanceof ServerError) return each
  return undefined
}

function systemCode(error: unknown): string | undefined {
  for (const each of chain(error)) {
    const { code } = each as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z\d_]{2,60}$/.test(code)) return code
  }
  return undefined
}

function* chain(error: unknown): Generator<Error> {
  let each = error
  for (let depth = 0; depth < 5 && each instanceof Error; depth += 1) {
    yield each
    if (each instanceof AggregateError && each.errors[0] instanceof Error) yield each.errors[0]
    each = each.cause
  }
}
