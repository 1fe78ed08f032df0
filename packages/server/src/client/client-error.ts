import type { LogLine, RemoteError, Usage } from './types.ts'

const brand = Symbol.for('@evenkeel/server:client-error')

/** What came with the error, when code ran. */
export interface FailedRun {
  readonly id?: string
  readonly logs?: readonly LogLine[]
  readonly usage?: Usage
}

/** An answer that is an error, or no answer: then the code is `EK_CLIENT_UNREACHABLE` or `EK_CLIENT_ANSWER`. */
export class ClientError extends Error {
  /** HTTP status; 0 when there was no answer. */
  readonly status: number
  readonly code: string
  readonly error: RemoteError
  readonly run: FailedRun
  /** From `Retry-After`, in seconds. */
  readonly retryAfterS: number | undefined
  readonly hint: string | undefined

  constructor(
    status: number,
    error: RemoteError,
    details: { run?: FailedRun; retryAfterS?: number | undefined; cause?: unknown } = {},
  ) {
    super(error.message, { cause: details.cause })
    this.name = 'ClientError'
    this.status = status
    this.code = error.code
    this.error = error
    this.run = details.run ?? {}
    this.retryAfterS = details.retryAfterS
    this.hint = error.hint
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}
