import { serverErrorCodes, type ServerErrorCode } from './codes.ts'
import type { ErrorBody } from './error-body.ts'

const brand = Symbol.for('@evenkeel/server:error')

export interface ServerErrorOptions extends ErrorOptions {
  /** What the reader can do about it. */
  readonly hint?: string
  /** HTTP status, where the error answers a request. Default 500 for system faults, 400 for callers'. */
  readonly status?: number
  /** Kind of failure in the answer, such as `QuotaError`. Default by status. */
  readonly type?: string
  /** Where in the code of the request the error is. */
  readonly position?: Pick<ErrorBody, 'line' | 'column'>
  /** When to come back, in seconds: the `Retry-After` of the answer, which also makes the error retryable. */
  readonly retryAfterS?: number
}

/** A failure with a stable code. Match by `code`: instances cross copies of the package. Its message is fit for a client. */
export class ServerError extends Error {
  readonly code: ServerErrorCode
  readonly fault: 'caller' | 'system'
  readonly status: number
  readonly hint: string | undefined
  readonly type: string | undefined
  readonly position: Pick<ErrorBody, 'line' | 'column'>
  readonly retryAfterS: number | undefined

  constructor(code: ServerErrorCode, message: string, options: ServerErrorOptions = {}) {
    super(message, options)
    this.name = 'ServerError'
    this.code = code
    this.fault = serverErrorCodes[code]
    this.status = options.status ?? (this.fault === 'system' ? 500 : 400)
    this.hint = options.hint
    this.type = options.type
    this.position = options.position ?? {}
    this.retryAfterS = options.retryAfterS
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}
