import { stripTypeScriptTypes } from 'node:module'
import type { ProgramError } from '@evenkeel/pool/engine'

const opening = 'async function block() {'

/** The parser's words for a module where it expected a function's body. */
const moduleSyntax = /'import', and 'export'|module code/

/**
 * JavaScript of the same lines and columns. Types are erased in the host, not in the gateway: the parser reads hostile text. Text that
 * is no function body may be a module.
 */
export function stripTypes(source: string): { readonly source: string } | { readonly error: ProgramError } {
  try {
    return { source: stripTypeScriptTypes(`${opening}${source}\n}`, { mode: 'strip' }).slice(opening.length, -2) }
  } catch (bodyError) {
    try {
      return { source: stripTypeScriptTypes(source, { mode: 'strip' }) }
    } catch (moduleError) {
      const isModule = moduleSyntax.test((bodyError as Error).message)
      return {
        error: isModule ? syntaxError(moduleError as Error, 0) : syntaxError(bodyError as Error, opening.length),
      }
    }
  }
}

/** Node puts the line, the text and a caret before the stack. */
function syntaxError({ message, stack = '' }: Error, firstLineOffset: number): ProgramError {
  const error = { kind: 'syntax', type: 'SyntaxError', message: message.split('\n')[0] ?? '' } as const
  const match = /^[^\n]*:(\d+)\n(?:[^\n]*\n)*?( *)\^/.exec(stack)
  if (match === null) return error
  const line = Number(match[1])
  return { ...error, line, column: (match[2]?.length ?? 0) + 1 - (line === 1 ? firstLineOffset : 0) }
}
