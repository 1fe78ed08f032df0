import type { Command } from 'commander'
import { httpLink } from '../agent/http-link.ts'
import { defaultGroup } from '../agent/nats-connection.ts'
import { natsLinks } from '../agent/nats-link.ts'
import type { AgentLink } from '../agent/protocol.ts'
import type { CliContext } from '../cli/cli-context.ts'
import { collect, positiveInteger } from '../cli/parse-options.ts'
import { LabError } from '../errors/lab-error.ts'

export interface AgentLinkFlags {
  readonly agents?: string
  readonly agentCount?: number
  readonly agentGroup: string
  readonly token?: string
  readonly include?: readonly string[]
}

export function addAgentOptions(command: Command): Command {
  return command
    .option('--agents <addresses>', 'send from these agents: http://host:port,http://… or nats://host:port')
    .option('--agent-count <count>', 'how many agents of a NATS group take part', positiveInteger)
    .option('--agent-group <name>', 'group of agents on the NATS server', defaultGroup)
    .option('--token <secret>', 'shared secret of the agents; default: EVENKEEL_LAB_TOKEN')
    .option(
      '--include <path>',
      'file or folder to send to the agents beside those the script names (repeatable)',
      collect,
    )
}

/** Links to the agents asked for; none when the run is to be sent from here. */
export async function openAgentLinks(flags: AgentLinkFlags, context: CliContext): Promise<AgentLink[]> {
  if (flags.agents === undefined) return []
  const token = flags.token ?? context.env['EVENKEEL_LAB_TOKEN']
  const addresses = flags.agents.split(',').map((address) => address.trim())
  for (const address of addresses)
    if (!URL.canParse(address) || !/^(https?|nats):$/.test(new URL(address).protocol))
      throw new LabError(
        'EK_LAB_USAGE',
        `--agents takes http://, https:// and nats:// addresses, received "${address}"`,
      )
  const [first = ''] = addresses
  if (!first.startsWith('nats:')) return addresses.map((address) => httpLink(address, token))
  if (flags.agentCount === undefined)
    throw new LabError('EK_LAB_USAGE', 'Agents of a NATS group need --agent-count: how many take part')
  return natsLinks({ url: first, group: flags.agentGroup, token, count: flags.agentCount })
}
