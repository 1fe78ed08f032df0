import { formatThrown } from './console.guest.ts'
import { primordials } from './primordials.guest.ts'
import type { GuestFailure } from './state.guest.ts'

/** A hostile error may throw while it is described. */
export function describeErrorSafely(error: unknown): GuestFailure {
  try {
    return describeError(error, 0)
  } catch {
    return { kind: 'thrown', type: 'Error', message: 'The block threw a value that cannot be described' }
  }
}

/** What was thrown, as text. Runs inside the timed call: a getter of the program may do anything. */
export function describeError(error: unknown, depth: number): GuestFailure {
  if (typeof error !== 'object' || error === null || !('message' in error)) {
    const text = typeof error === 'string' ? primordials.jsonStringify(error) : formatThrown(error)
    return {
      kind: 'thrown',
      type: 'Error',
      message: `${depth === 0 ? 'Uncaught ' : ''}${text}`.slice(0, 8_000),
      ...(depth === 0 ? { hint: 'Throw an Error to keep the position' } : {}),
    }
  }
  const { name, message, stack, constructor, code } = error as Error & { code?: unknown }
  const className = typeof constructor === 'function' ? constructor.name : undefined
  const type = typeof name === 'string' && name !== '' && name !== 'Error' ? name : (className ?? 'Error')
  return {
    kind: 'thrown',
    type: String(type).slice(0, 100),
    message: String(message).slice(0, 8_000),
    stack: String(stack).slice(0, 8_000),
    ...(typeof code === 'string' ? { errorCode: code.slice(0, 100) } : {}),
    ...describeParts(error, depth),
  }
}

/** Causes and the members of an aggregate, four deep and ten wide. */
export function describeParts(error: object, depth: number): Pick<GuestFailure, 'cause' | 'errors'> {
  if (depth >= 4) return {}
  const { cause, errors } = error as { cause?: unknown; errors?: unknown }
  return {
    ...(cause === undefined ? {} : { cause: describeError(cause, depth + 1) }),
    ...(Array.isArray(errors) ? { errors: errors.slice(0, 10).map((each) => describeError(each, depth + 1)) } : {}),
  }
}
