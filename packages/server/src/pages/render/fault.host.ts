import type { NoPage, ProgramFault } from './messages.ts'

const maxText = 8_000

/** What a page threw, for the operator's log; nothing of it is for visitors. */
function faultOf(error: unknown): ProgramFault {
  if (!(error instanceof Error)) return { type: 'Error', message: `Uncaught ${String(error).slice(0, maxText)}` }
  const { name, message, stack } = error
  const base = { type: name, message: message.slice(0, maxText) }
  return stack === undefined ? base : { ...base, stack: stack.slice(0, maxText) }
}

export function errorAnswer(error: unknown): NoPage {
  return { kind: 'error', fault: faultOf(error) }
}
