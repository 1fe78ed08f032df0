import { serverErrorCodes, type ServerErrorCode } from './codes.ts'

/** The `error` of every failed answer. */
export interface ErrorBody {
  /** The JavaScript class for a block's own errors; otherwise the kind of failure, such as `TimeoutError`. */
  readonly type: string
  readonly code: ServerErrorCode
  readonly message: string
  readonly fault: 'caller' | 'system'
  readonly retryable: boolean
  readonly line?: number
  readonly column?: number
  readonly stack?: string
  readonly hint?: string
  readonly cause?: ErrorPart
  /** Members of an aggregated error. */
  readonly errors?: readonly ErrorPart[]
}

/** An error behind an error of a block. */
export interface ErrorPart extends Pick<
  ErrorBody,
  'type' | 'message' | 'line' | 'column' | 'stack' | 'cause' | 'errors'
> {
  /** The error's own `code`, if it has one. */
  readonly code?: string
}

type ErrorDetails = Partial<Pick<ErrorBody, 'line' | 'column' | 'stack' | 'cause' | 'errors'>> & {
  readonly hint?: string | undefined
  readonly retryable?: boolean
}

export function errorBody(code: ServerErrorCode, type: string, message: string, details: ErrorDetails = {}): ErrorBody {
  const { hint, retryable = false, ...position } = details
  const body = { type, code, message, fault: serverErrorCodes[code], retryable, ...position }
  return hint === undefined ? body : { ...body, hint }
}
