import type { ProgramError } from '../contract/outcome.ts'

const maxText = 8_000

/** What a program threw, with the position of the first frame that is in a file. */
export function thrownError(error: unknown): ProgramError {
  if (!(error instanceof Error)) return { kind: 'thrown', type: 'Error', message: `Uncaught ${describe(error)}` }
  const { stack = '' } = error
  const position = /^\s+at (?:.*\()?(?:file:|\/|[A-Za-z]:\\).*?:(\d+):(\d+)\)?$/m.exec(stack)
  return {
    kind: 'thrown',
    type: error.name === 'Error' ? error.constructor.name : error.name,
    message: error.message.slice(0, maxText),
    ...(position === null ? {} : { line: Number(position[1]), column: Number(position[2]) }),
    stack: stack.slice(0, maxText),
  }
}

/** Why a returned value could not be sent. */
export function resultError(error: unknown): ProgramError {
  const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : describe(error)
  return { kind: 'result', type: 'ValidationError', message: `The result cannot be written as JSON: ${message}` }
}

function describe(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, maxText)
  } catch {
    return 'a value that cannot be described'
  }
}
