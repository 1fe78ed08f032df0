import { labErrors, type LabErrorCode } from '../errors/error-codes.ts'
import { LabError } from '../errors/lab-error.ts'
import type { AgentCalls, AgentMethod, CallAnswer, WireError } from './protocol.ts'

/** The value of an answer. @throws the agent's error, with the agent's name. */
export function unwrapAnswer<Method extends AgentMethod>(
  answer: CallAnswer,
  name: string,
): AgentCalls[Method]['value'] {
  if (answer.ok) return answer.value as AgentCalls[Method]['value']
  throw errorOf(answer.error, name)
}

export function errorOf({ code, message }: WireError, name: string): LabError {
  const known = Object.hasOwn(labErrors, code) ? (code as LabErrorCode) : 'EK_LAB_AGENT'
  return new LabError(known, `${name}: ${message}`)
}
