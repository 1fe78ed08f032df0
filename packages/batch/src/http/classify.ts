import { parseRetryAfter } from '../delivery/retry-after.ts'
import { BatchError } from '../errors/batch-error.ts'
import type { SendOutcome } from '../transport/transport.ts'

/** What is known of an answer. */
export interface HttpAnswer {
  readonly statusCode: number
  /** Header names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** The beginning of the body, at most `maxResponseBytes`. */
  readonly body: string
}

/** Statuses of the 5xx range that no repetition changes: not implemented, version not supported, network authentication. */
const permanentServerErrors: readonly number[] = [501, 505, 511]
const retriedClientErrors: readonly number[] = [408, 425, 429]

/**
 * What an answer means for the batch. 401 and 403 are retried: the credentials are wrong, not the events, and all sending waits until they
 * are put right.
 */
export function classifyAnswer(answer: HttpAnswer, options: { readonly splitOn: readonly number[] }): SendOutcome {
  const { statusCode, headers } = answer
  if (statusCode >= 200 && statusCode < 300) return { status: 'delivered' }
  const cause = answerError(answer)
  const afterMs = parseRetryAfter(first(headers['retry-after']), first(headers['date']))
  if (statusCode === 413) return { status: 'too_large', statusCode, cause }
  if (statusCode === 401 || statusCode === 403 || statusCode === 429 || (statusCode === 503 && afterMs !== undefined)) {
    return { status: 'retry', blame: 'destination', statusCode, cause, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  const isServerError = statusCode >= 500 && !permanentServerErrors.includes(statusCode)
  if (isServerError || retriedClientErrors.includes(statusCode)) {
    return { status: 'retry', statusCode, cause, ...(afterMs === undefined ? {} : { afterMs }) }
  }
  return { status: 'rejected', statusCode, cause, divisible: options.splitOn.includes(statusCode) }
}

function answerError({ statusCode, body }: HttpAnswer): BatchError {
  const said = body === '' ? '' : `: ${body.slice(0, 200)}`
  return new BatchError('EK_BATCH_RESPONSE', `The destination answered ${statusCode}${said}`)
}

function first(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header
}
