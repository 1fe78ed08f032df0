import { batchErrorCodes, type BatchErrorCode } from './codes.ts'

const brand = Symbol.for('@evenkeel/batch:error')

/** A failure of the batch processor or of one of its transports. Match by `code`: instances cross threads and copies of the package. */
export class BatchError extends Error {
  readonly code: BatchErrorCode
  readonly fault: 'caller' | 'system'

  constructor(code: BatchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'BatchError'
    this.code = code
    this.fault = batchErrorCodes[code]
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}
