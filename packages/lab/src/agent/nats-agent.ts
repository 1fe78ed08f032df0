import { randomUUID } from 'node:crypto'
import type { Msg } from '@nats-io/transport-node'
import type { AgentService } from './agent-service.ts'
import { isSameToken, requireToken } from './agent-token.ts'
import type { RunningAgent } from './http-agent.ts'
import { connectNats, subjectsOf } from './nats-connection.ts'
import type { CallAnswer } from './protocol.ts'

export interface NatsAgentOptions {
  readonly service: AgentService
  readonly url: string
  readonly group: string
  readonly token: string | undefined
}

/** Serves an agent over NATS: it answers to the discovery of its group, and to calls on a subject of its own. */
export async function serveNatsAgent(options: NatsAgentOptions): Promise<RunningAgent> {
  const { service, url, token } = options
  requireToken(new URL(url).hostname, token)
  const subjects = subjectsOf(options.group)
  const connection = await connectNats(url)
  const id = randomUUID()
  const answer = async (message: Msg): Promise<CallAnswer> => {
    const call = readCall(message)
    return isSameToken(call?.token, token)
      ? service.answer(call)
      : { ok: false, error: { code: 'EK_LAB_AGENT', message: 'The token is missing or wrong' } }
  }
  connection.subscribe(subjects.discover, {
    callback: (_error, message) => {
      if (isSameToken(readCall(message)?.token, token)) message.respond(JSON.stringify({ id }))
    },
  })
  connection.subscribe(subjects.agent(id), {
    callback: (_error, message) => void answer(message).then((value) => message.respond(JSON.stringify(value))),
  })
  // The server knows the subscriptions once it has answered this.
  await connection.flush()
  return {
    address: `${url} (group ${options.group})`,
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

function readCall(message: Msg): { readonly token?: string; readonly method?: string } | undefined {
  try {
    return message.json()
  } catch {
    return undefined
  }
}
