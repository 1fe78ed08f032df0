/** Every error code of this package, and whose fault it is. Codes are never reused; `docs/reference/errors.md` explains each. */
export const batchErrorCodes = {
  EK_BATCH_OPTION: 'caller',
  EK_BATCH_CLOSED: 'caller',
  EK_BATCH_ENCODE: 'caller',
  EK_BATCH_PEER_MISSING: 'caller',
  EK_BATCH_SPILL_LOCKED: 'caller',
  EK_BATCH_SPILL_UNUSABLE: 'system',
  EK_BATCH_SEND_TIMEOUT: 'system',
  EK_BATCH_SEND_ABORTED: 'system',
  EK_BATCH_RESPONSE: 'system',
} as const

export type BatchErrorCode = keyof typeof batchErrorCodes
