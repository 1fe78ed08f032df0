import type { NatsConnection } from '@nats-io/transport-node'
import { LabError, messageOf } from '../errors/lab-error.ts'

/** Connects to a NATS server. Its client is an optional package: without it everything else works. */
export async function connectNats(url: string): Promise<NatsConnection> {
  const client = await import('@nats-io/transport-node').catch((error: unknown) => {
    throw new LabError('EK_LAB_NATS_MISSING', 'The package "@nats-io/transport-node" is not installed', {
      cause: error,
      hint: 'npm install @nats-io/transport-node',
    })
  })
  const { hostname, port, username, password } = new URL(url)
  try {
    return await client.connect({
      servers: `${hostname}:${port === '' ? '4222' : port}`,
      timeout: 5000,
      maxReconnectAttempts: 20,
      ...(username === '' ? {} : { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
    })
  } catch (error) {
    throw new LabError('EK_LAB_AGENT', `The NATS server at ${hostname} cannot be reached: ${messageOf(error)}`, {
      cause: error,
    })
  }
}

export const defaultGroup = 'default'

/** Subjects of one group of agents. A group's name may hold letters, digits, dashes and underscores. */
export function subjectsOf(group: string): { readonly discover: string; agent(id: string): string } {
  if (!/^[\w-]+$/.test(group)) throw new LabError('EK_LAB_USAGE', `"${group}" cannot be the name of a group of agents`)
  return { discover: `evenkeel.lab.${group}.discover`, agent: (id) => `evenkeel.lab.${group}.agent.${id}` }
}
