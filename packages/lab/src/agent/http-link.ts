import { Agent, request } from 'undici'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { unwrapAnswer } from './unwrap-answer.ts'
import type { AgentLink, CallAnswer } from './protocol.ts'

/** A link to an agent that serves HTTP. */
export function httpLink(address: string, token: string | undefined): AgentLink {
  const url = new URL('/v1/call', address).href
  const dispatcher = new Agent({ connections: 2 })
  return {
    name: address,
    call: async (method, params) => unwrapAnswer(await post({ url, token, dispatcher }, { method, params }), address),
    [Symbol.asyncDispose]: () => dispatcher.destroy(),
  }
}

interface Target {
  readonly url: string
  readonly token: string | undefined
  readonly dispatcher: Agent
}

async function post({ url, token, dispatcher }: Target, body: unknown): Promise<CallAnswer> {
  try {
    const response = await request(url, {
      method: 'POST',
      dispatcher,
      headers: {
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
      headersTimeout: 60_000,
      bodyTimeout: 60_000,
    })
    return (await response.body.json()) as CallAnswer
  } catch (error) {
    throw new LabError('EK_LAB_AGENT', `The agent at ${url} cannot be reached: ${messageOf(error)}`, { cause: error })
  }
}
