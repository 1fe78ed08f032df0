import type { ProgramError } from '@evenkeel/pool/engine'
import type { GuestFailure } from '../guest/state.guest.ts'

/** Lines that V8 and the guest put before the first line of the author. */
export const linesBefore = 3
const maxFrames = 20
const maxText = 8_000
const maxDepth = 4
const maxErrors = 10

/** The author's view of an error: positions as in the editor, frames of the block only. */
export function programError(settled: string): ProgramError {
  return viewOf(JSON.parse(settled), 0)
}

/** The author's view of an error that left the isolate on its own, such as a rejection nobody handled. */
export function thrownError({ name, message, stack = '' }: Error): ProgramError {
  return viewOf({ kind: 'thrown', type: name, message, stack }, 0)
}

/** What V8 says to `import()` in a heap that loads no modules by it: nothing that would help the author. */
const importMessage = 'Not supported'

/** With what to do instead, where the author used what cannot be used. */
export function withHint(error: ProgramError, source: string): ProgramError {
  const line = source.split('\n')[(error.line ?? 0) - 1] ?? ''
  if (error.message !== importMessage || error.hint !== undefined || !/\bimport\s*\(/.test(line)) return error
  return { ...error, hint: 'import() is not supported in a block: use require(name), or import at the top of a module' }
}

function viewOf(value: unknown, depth: number): ProgramError {
  const failure = parseFailure(value)
  const frames = blockFrames(failure.stack ?? '')
  const first = frames[0]
  const { cause, errors } = partsOf(value, depth)
  return {
    kind: failure.kind,
    type: failure.type,
    message: failure.message,
    ...(failure.errorCode === undefined ? {} : { errorCode: failure.errorCode }),
    ...(first === undefined ? {} : { line: first.line, column: first.column, stack: stackText(failure, frames) }),
    ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    ...(cause === undefined ? {} : { cause }),
    ...(errors === undefined ? {} : { errors }),
  }
}

interface Frame {
  readonly name: string
  readonly line: number
  readonly column: number
}

function partsOf(value: unknown, depth: number): Pick<ProgramError, 'cause' | 'errors'> {
  if (depth >= maxDepth || typeof value !== 'object' || value === null) return {}
  const { cause, errors } = value as { cause?: unknown; errors?: unknown }
  return {
    ...(cause === undefined ? {} : { cause: viewOf(cause, depth + 1) }),
    ...(Array.isArray(errors) ? { errors: errors.slice(0, maxErrors).map((each) => viewOf(each, depth + 1)) } : {}),
  }
}

/** The guest is hostile: only text of the right shape and size gets through. */
function parseFailure(given: unknown): Omit<GuestFailure, 'cause' | 'errors'> {
  const value = Object(given) as Partial<Record<keyof GuestFailure, unknown>>
  const text = (key: keyof GuestFailure, otherwise: string): string => {
    const part = value[key]
    return typeof part === 'string' ? part.slice(0, maxText) : otherwise
  }
  const kind = value.kind === 'syntax' || value.kind === 'result' ? value.kind : 'thrown'
  return {
    kind,
    type: text('type', 'Error').slice(0, 100),
    message: text('message', ''),
    stack: text('stack', ''),
    ...(typeof value.hint === 'string' ? { hint: text('hint', '') } : {}),
    ...(typeof value.errorCode === 'string' ? { errorCode: text('errorCode', '').slice(0, 100) } : {}),
  }
}

function blockFrames(stack: string): Frame[] {
  const frames: Frame[] = []
  for (const match of stack.matchAll(/^\s+at (?:(?:async )?(.*?) \()?(?:async )?block\.js:(\d+):(\d+)\)?$/gm)) {
    const line = Number(match[2]) - linesBefore
    if (line < 1 || frames.length >= maxFrames) continue
    frames.push({ name: match[1] ?? '', line, column: Number(match[3]) })
  }
  return frames
}

function stackText(failure: Pick<GuestFailure, 'type' | 'message'>, frames: readonly Frame[]): string {
  const lines = frames.map(({ name, line, column }) => {
    const position = `block.js:${line}:${column}`
    // V8 calls the block itself "eval".
    return name === '' || name === 'eval' || name.includes('anonymous')
      ? `    at ${position}`
      : `    at ${name} (${position})`
  })
  return [`${failure.type}: ${failure.message}`, ...lines].join('\n').slice(0, maxText)
}
