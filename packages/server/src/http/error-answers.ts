import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { errorBody, type ErrorBody } from '../errors/error-body.ts'
import { ServerError } from '../errors/server-error.ts'
import { wordsOf } from '../config/worded-pattern.ts'

/** Answers whatever a route or Fastify itself threw. Nothing of ours but code and message reaches the client. */
export function answerError(error: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body, retryAfterS } = describeError(error)
  if (worthDraining(request)) reply.removeHeader('connection')
  if (status >= 500) process.emitWarning(error.stack ?? error.message, { code: 'EK_INTERNAL' })
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="evenkeel"')
  if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS)
  void reply.status(status).send({ error: body })
}

export function answerNotFound(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0] ?? ''
  void reply
    .status(404)
    .send({ error: errorBody('EK_ROUTE_NOT_FOUND', 'NotFoundError', `nothing is served at ${JSON.stringify(path)}`) })
}

/** Fastify closes the connection of a request it could not read; reading a bounded rest instead spares a client the reconnect. */
const maxDrainedBytes = 64 * 1024 * 1024

function worthDraining({ raw, headers }: FastifyRequest): boolean {
  return raw.complete || Number(headers['content-length'] ?? Infinity) <= maxDrainedBytes
}

interface Described {
  readonly status: number
  readonly body: ErrorBody
  readonly retryAfterS?: number | undefined
}

/** What an answer shows of an error. */
export function describeError(error: FastifyError | Error): Described {
  if (error instanceof ServerError) return describeServerError(error)
  const { code, validation, message } = error as FastifyError
  if (validation !== undefined)
    return {
      status: 400,
      body: errorBody('EK_REQUEST_INVALID', 'ValidationError', validationMessage(error as FastifyError)),
    }
  return describeParseError(code, message)
}

const typesByStatus: Readonly<Record<number, string>> = {
  401: 'AuthenticationError',
  403: 'PermissionError',
  404: 'NotFoundError',
  409: 'ConflictError',
  410: 'GoneError',
}

/** The error as an answer shows it; also for answers with an envelope of their own. */
export function describeServerError(error: ServerError): Described {
  const { code, status, message, hint, fault, position, retryAfterS } = error
  const type = error.type ?? (fault === 'system' ? 'SystemError' : (typesByStatus[status] ?? 'ValidationError'))
  const retryable = retryAfterS !== undefined || status === 503
  return { status, retryAfterS, body: errorBody(code, type, message, { hint, retryable, ...position }) }
}

/** Fastify's own refusals, by code (https://fastify.dev/docs/latest/Reference/Errors/). */
function describeParseError(code: string | undefined, message: string): Described {
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        status: 413,
        body: errorBody('EK_REQUEST_TOO_LARGE', 'ValidationError', 'the request body is too large'),
      }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return {
        status: 415,
        body: errorBody('EK_REQUEST_MEDIA_TYPE', 'ValidationError', 'the body must be application/json'),
      }
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return {
        status: 400,
        body: errorBody('EK_REQUEST_MALFORMED', 'ValidationError', 'the body is empty, expected JSON'),
      }
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
      return {
        status: 400,
        body: errorBody(
          'EK_REQUEST_MALFORMED',
          'ValidationError',
          'the body is no valid JSON, or has a key "__proto__" or "constructor.prototype", which are refused',
        ),
      }
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { status: 400, body: errorBody('EK_REQUEST_MALFORMED', 'ValidationError', message) }
    default:
      if (code === undefined || !code.startsWith('FST_ERR_CTP')) break
      return { status: 400, body: errorBody('EK_REQUEST_MALFORMED', 'ValidationError', message) }
  }
  return {
    status: 500,
    body: errorBody('EK_INTERNAL', 'InternalError', 'the server failed to answer this request', { retryable: true }),
  }
}

function validationMessage(error: FastifyError): string {
  const problem = error.validation?.[0]
  if (problem === undefined) return 'the request is invalid'
  const place = problem.instancePath.slice(1).replaceAll('/', '.')
  const { additionalProperty, missingProperty, allowedValues, pattern } = problem.params as {
    additionalProperty?: string
    missingProperty?: string
    allowedValues?: readonly unknown[]
    pattern?: unknown
  }
  const field = [place, additionalProperty ?? missingProperty ?? ''].filter((part) => part !== '').join('.')
  if (additionalProperty !== undefined) return `the field ${JSON.stringify(field)} is unknown`
  if (missingProperty !== undefined) return `the field ${JSON.stringify(field)} is missing`
  if (allowedValues !== undefined)
    return `the field ${JSON.stringify(field)} must be one of ${allowedValues.map((each) => JSON.stringify(each)).join(', ')}`
  if (field === '') return `the body ${problem.message ?? 'is invalid'}`
  return `the field ${JSON.stringify(field)} ${wordsOf(pattern) ?? problem.message ?? 'is invalid'}`
}
