/** Every error code of this package, and whose fault it is. Codes are never reused; `docs/reference/errors.md` explains each. */
export const poolErrorCodes = {
  EK_POOL_OPTION: 'caller',
  EK_POOL_START: 'system',
  EK_POOL_PROTOCOL: 'system',
  EK_POOL_CALL_LIMIT: 'caller',
  EK_POOL_CALL_UNKNOWN: 'caller',
  EK_POOL_CALL_FAILED: 'system',
  EK_POOL_STREAM_CLOSED: 'caller',
  EK_POOL_STREAM_RESET: 'system',
  EK_POOL_STREAM_MESSAGE: 'caller',
  EK_POOL_STREAM_UNSUPPORTED: 'caller',
} as const

export type PoolErrorCode = keyof typeof poolErrorCodes
