import { errorBody } from '../errors/error-body.ts'
import type { ServerErrorCode } from '../errors/codes.ts'
import type { NodeResponse } from './host/app-kind.host.ts'

/** Answers that the server gives in the place of the app. */
const refusals: Readonly<Record<Refusal, RefusedWith>> = {
  tooLarge: { status: 413, code: 'EK_REQUEST_TOO_LARGE', type: 'RequestError', message: 'the body is too large' },
  overload: {
    status: 503,
    code: 'EK_APP_OVERLOAD',
    type: 'OverloadError',
    message: 'the app has too much to do',
    retryable: true,
  },
  timeout: { status: 504, code: 'EK_APP_TIMEOUT', type: 'TimeoutError', message: 'the app did not answer in time' },
  lost: {
    status: 503,
    code: 'EK_APP_LOST',
    type: 'AppError',
    message: 'the runtime that had the request was lost',
  },
  threw: { status: 500, code: 'EK_APP_THREW', type: 'AppError', message: 'the app failed to answer' },
  response: { status: 500, code: 'EK_APP_RESPONSE', type: 'AppError', message: 'the app gave no valid response' },
  malformed: { status: 400, code: 'EK_REQUEST_MALFORMED', type: 'RequestError', message: 'the request is malformed' },
}

interface RefusedWith {
  readonly status: number
  readonly code: ServerErrorCode
  readonly type: string
  readonly message: string
  readonly retryable?: boolean
}

export type Refusal = 'tooLarge' | 'overload' | 'timeout' | 'lost' | 'threw' | 'response' | 'malformed'

export interface RefuseOptions {
  readonly requestId?: string
  /** The rest of the request is not read. */
  readonly close?: boolean
}

/** Ends a response that has not begun. One that has is cut off, so that nobody takes it for whole. */
export function refuse(response: NodeResponse, refusal: Refusal, options: RefuseOptions = {}): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const { status, headers, body } = refusalAnswer(refusal, options)
  if (options.close === true && response.req.httpVersionMajor === 1) response.setHeader('connection', 'close')
  const writeHead = response.writeHead.bind(response) as (code: number, fields: Record<string, string>) => unknown
  writeHead(status, headers)
  response.end(body)
}

export interface RefusalAnswer {
  readonly status: number
  readonly headers: Record<string, string>
  readonly body: string
}

/** The same as a head and a body. */
export function refusalAnswer(refusal: Refusal, { requestId }: RefuseOptions = {}): RefusalAnswer {
  const { status, code, type, message, ...rest }: RefusedWith = refusals[refusal]
  const retryable = rest.retryable === true
  const id = requestId === undefined ? {} : { id: requestId }
  const body = JSON.stringify({ ...id, error: errorBody(code, type, message, { retryable }) })
  return {
    status,
    body,
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      ...(retryable ? { 'retry-after': '1' } : {}),
      ...(requestId === undefined ? {} : { 'x-request-id': requestId }),
    },
  }
}
