import type { ProgramError } from '@evenkeel/pool/engine'
import type { TenantIsolate } from './tenant-isolate.host.ts'

const opening = '(async function () {"use strict";'
const filename = 'block.js'

/**
 * Where the syntax error is. V8 tells it only for a script, so the block is compiled once more as one; a block that compiles there
 * although it is no function body closes the function early.
 */
export async function locateSyntaxError(
  error: ProgramError,
  source: string,
  isolate: TenantIsolate,
): Promise<ProgramError> {
  try {
    await isolate.compile(`${opening}${source}\n})`, filename, -opening.length)
  } catch (located) {
    const position = /\[block\.js:(\d+):(\d+)\]\s*$/.exec((located as Error).message)
    if (position === null) return withoutStack(error)
    return { ...withoutStack(error), line: Number(position[1]), column: Number(position[2]) }
  }
  return { ...withoutStack(error), message: 'Unexpected end of block', hint: 'A brace closes the block before its end' }
}

function withoutStack(error: ProgramError): ProgramError {
  const { stack: _stack, ...rest } = error
  return rest
}
