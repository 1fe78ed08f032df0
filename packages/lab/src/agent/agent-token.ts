import { createHash, timingSafeEqual } from 'node:crypto'
import { LabError } from '../errors/lab-error.ts'

/**
 * An agent runs the processors of whoever may call it. Beyond this machine it therefore asks for a shared token.
 * @throws LabError `EK_LAB_AGENT_TOKEN`
 */
export function requireToken(host: string, token: string | undefined): void {
  if (isLoopback(host) || (token !== undefined && token !== '')) return
  throw new LabError('EK_LAB_AGENT_TOKEN', `An agent that is reached by "${host}" needs a token`, {
    hint: 'set EVENKEEL_LAB_TOKEN or --token to the same secret on the agents and on the coordinator',
  })
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host)
}

/** Compares without telling by its time how much was right. */
export function isSameToken(given: string | undefined, expected: string | undefined): boolean {
  if (expected === undefined || expected === '') return true
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given ?? ''), digest(expected))
}
