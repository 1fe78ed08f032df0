/** An error of native work for the program: its message and code hold nothing of the host. */
export class NativeError extends Error {
  readonly code: string

  constructor(code: string, message: string, name: 'Error' | 'TypeError' | 'RangeError' = 'Error') {
    super(message)
    this.name = name
    this.code = code
  }
}

/** Work that no clock could stop is not begun. */
export function overLimit(what: string): NativeError {
  return new NativeError('ERR_OUT_OF_RANGE', `${what} is above what one call may ask for here`, 'RangeError')
}
