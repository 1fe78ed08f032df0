import type { ErrorBody } from '../../errors/error-body.ts'

/** `YYYY-MM-DD HH:mm:ss` at UTC+8, as flow-codeblock writes it. */
function flowTimestamp(nowMs: number): string {
  return new Date(nowMs + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
}

/** `elapsedMs` stands for both of flow's times, which hold one value there too. */
export function flowSuccess(
  result: string,
  requestId: string,
  times: { readonly nowMs: number; readonly elapsedMs: number },
): string {
  const elapsedMs = Math.round(times.elapsedMs)
  const timing = JSON.stringify({ executionTime: elapsedMs, totalTime: elapsedMs })
  const rest = JSON.stringify({ timestamp: flowTimestamp(times.nowMs), request_id: requestId }).slice(1)
  return `{"success":true,"result":${result},"timing":${timing},${rest}`
}

export interface FlowFailure {
  readonly status: number
  readonly body: string
}

/** Flow answers every failed run with 400; its token and quota refusals keep their statuses. */
export function flowFailure(
  error: ErrorBody,
  requestId: string,
  times: { readonly nowMs: number; readonly status: number },
): FlowFailure {
  const { message, code, line, column, stack, hint } = error
  const details = {
    code,
    ...(line === undefined ? {} : { line, column }),
    ...(stack === undefined ? {} : { stack }),
    ...(hint === undefined ? {} : { hint }),
  }
  const body = JSON.stringify({
    success: false,
    error: { type: flowType(error), message, details },
    timestamp: flowTimestamp(times.nowMs),
    request_id: requestId,
  })
  return { status: flowStatus(times.status), body }
}

const typesByCode: Readonly<Record<string, string>> = {
  EK_BLOCK_TIMEOUT: 'TimeoutError',
  EK_BLOCK_STALLED: 'TimeoutError',
  EK_BLOCK_CPU: 'TimeoutError',
  EK_BLOCK_MEMORY: 'RuntimeError',
  EK_BLOCK_HOST_LOST: 'ServiceUnavailableError',
  EK_BLOCK_DRAINED: 'ServiceUnavailableError',
  EK_BLOCK_CANCELLED: 'CancelledError',
  EK_OVERLOAD_QUEUE_FULL: 'ConcurrencyError',
  EK_OVERLOAD_QUEUE_TIMEOUT: 'ConcurrencyError',
  EK_CONCURRENCY_LIMITED: 'ConcurrencyError',
  EK_TENANT_CONCURRENCY: 'ConcurrencyError',
  EK_TENANT_QUEUE_FULL: 'ConcurrencyError',
  EK_DRAINING: 'ServiceUnavailableError',
  EK_UNAVAILABLE: 'ServiceUnavailableError',
  EK_STORAGE_UNAVAILABLE: 'ServiceUnavailableError',
  EK_RATE_LIMITED: 'TokenRateLimitError',
  EK_AUTH_THROTTLED: 'IPRateLimitError',
  EK_QUOTA_EXHAUSTED: 'QuotaExceeded',
}

/** Classes that flow names; every other class of the block is its `RuntimeError`. */
const languageTypes = new Set([
  'SyntaxError',
  'ReferenceError',
  'TypeError',
  'RangeError',
  'URIError',
  'EvalError',
  'ValidationError',
  'AuthenticationError',
  'PermissionError',
])

function flowType({ type, code }: ErrorBody): string {
  // Code from a string is what flow's static check refuses.
  if (code === 'EK_BLOCK_THREW' && type === 'EvalError') return 'SecurityError'
  const known = typesByCode[code]
  if (known !== undefined) return known
  return languageTypes.has(type) ? type : 'RuntimeError'
}

function flowStatus(status: number): number {
  return [401, 403, 404, 405, 413, 415, 429].includes(status) ? status : 400
}
