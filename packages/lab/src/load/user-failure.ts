import { toText } from '../util/to-text.ts'

/** Ends a user as failed. `code` is what the error counts are kept by. */
export class UserFailure extends Error {
  readonly code: string

  constructor(code: string, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'UserFailure'
    this.code = code
  }

  /** The failure of anything that a processor threw or passed on, an Error or not: its `code`, else its `message`, else its text. */
  static from(thrown: unknown): UserFailure {
    if (thrown instanceof UserFailure) return thrown
    if (typeof thrown !== 'object' || thrown === null) return new UserFailure(String(thrown), String(thrown))
    const { code, message } = thrown as { code?: unknown; message?: unknown }
    const text = typeof message === 'string' && message !== '' ? message : toText(code ?? thrown)
    return new UserFailure(typeof code === 'string' ? code : text, text, thrown)
  }
}

/** Ends a user because the run ends: neither completed nor failed. */
export class UserStopped extends Error {
  constructor() {
    super('stopped')
    this.name = 'UserStopped'
  }
}
