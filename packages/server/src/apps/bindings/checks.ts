import { ServerError } from '../../errors/server-error.ts'

/** Longest key of a key-value or counter binding, in bytes of UTF-8. */
const maxKeyBytes = 512

export function valueError(message: string, hint?: string): ServerError {
  return new ServerError('EK_BINDING_VALUE', message, hint === undefined ? {} : { hint })
}

export function closedError(name: string): ServerError {
  return new ServerError('EK_BINDING_CLOSED', `the binding "${name}" is closed`)
}

export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string') throw valueError(`a key must be a string, not ${typeof key}`)
  if (key === '' || !key.isWellFormed() || key.includes('\0'))
    throw valueError(`a key must be well-formed text of at least one character without NUL, not ${JSON.stringify(key)}`)
  const bytes = Buffer.byteLength(key)
  if (bytes > maxKeyBytes) throw valueError(`a key may have ${maxKeyBytes} bytes, this one has ${bytes}`)
}

/** The time to live in milliseconds. Ten years at most, so that no date overflows. */
export function checkTtl(ttlMs: unknown): asserts ttlMs is number | undefined {
  if (ttlMs === undefined) return
  const most = 10 * 365 * 86_400_000
  if (Number.isInteger(ttlMs) && Number(ttlMs) >= 1 && Number(ttlMs) <= most) return
  throw valueError(`"ttlMs" must be a whole number from 1 to ${most}, not ${JSON.stringify(ttlMs)}`)
}
