import type { NatsConnection } from '@nats-io/transport-node'
import { LabError, messageOf } from '../errors/lab-error.ts'
import { connectNats, subjectsOf } from './nats-connection.ts'
import type { AgentLink, CallAnswer } from './protocol.ts'
import { unwrapAnswer } from './unwrap-answer.ts'

export interface NatsLinksOptions {
  readonly url: string
  readonly group: string
  readonly token: string | undefined
  /** How many agents must answer. */
  readonly count: number
  /** Default 5 s. */
  readonly waitMs?: number
}

/** Links to agents of a group, found by asking for them. The last link that is disposed closes the connection. */
export async function natsLinks(options: NatsLinksOptions): Promise<AgentLink[]> {
  const connection = await connectNats(options.url)
  try {
    const ids = await discover(connection, options)
    let open = ids.length
    const release = async (): Promise<void> => {
      open--
      if (open === 0) await connection.close()
    }
    return ids.map((id) => linkTo(connection, options, { id, release }))
  } catch (error) {
    await connection.close()
    throw error
  }
}

async function discover(connection: NatsConnection, options: NatsLinksOptions): Promise<string[]> {
  const { token, count, waitMs = 5000 } = options
  const ids: string[] = []
  const answers = await connection.requestMany(subjectsOf(options.group).discover, JSON.stringify({ token }), {
    maxWait: waitMs,
    maxMessages: count,
    strategy: 'count',
  })
  for await (const answer of answers) {
    if (answer instanceof Error) continue
    const id = idOf(() => answer.json())
    if (id !== undefined) ids.push(id)
    if (ids.length === count) break
  }
  if (ids.length === count) return ids
  throw new LabError('EK_LAB_AGENT', `${ids.length} of ${count} agents of the group "${options.group}" answered`, {
    hint: 'an agent answers only to its own group and token',
  })
}

/** The server itself answers, without content, when nobody listens. */
function idOf(read: () => unknown): string | undefined {
  try {
    const value = read()
    return typeof value === 'object' && value !== null && 'id' in value ? String(value.id) : undefined
  } catch {
    return undefined
  }
}

function linkTo(
  connection: NatsConnection,
  options: NatsLinksOptions,
  agent: { readonly id: string; release(): Promise<void> },
): AgentLink {
  const subject = subjectsOf(options.group).agent(agent.id)
  const name = `agent ${agent.id.slice(0, 8)}`
  return {
    name,
    call: async (method, params) => {
      const request = JSON.stringify({ token: options.token, method, params })
      const reply = await connection.request(subject, request, { timeout: 60_000 }).catch((error: unknown) => {
        throw new LabError('EK_LAB_AGENT', `${name} cannot be reached: ${messageOf(error)}`, { cause: error })
      })
      return unwrapAnswer(reply.json<CallAnswer>(), name)
    },
    [Symbol.asyncDispose]: () => agent.release(),
  }
}
