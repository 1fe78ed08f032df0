import { poolErrorCodes, type PoolErrorCode } from './codes.ts'

const brand = Symbol.for('@evenkeel/pool:error')

/** A failure of the pool itself. Match by `code`: instances cross threads and copies of the package. */
export class PoolError extends Error {
  readonly code: PoolErrorCode
  readonly fault: 'caller' | 'system'

  constructor(code: PoolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PoolError'
    this.code = code
    this.fault = poolErrorCodes[code]
    Object.defineProperty(this, brand, { value: true })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && brand in value
  }
}
