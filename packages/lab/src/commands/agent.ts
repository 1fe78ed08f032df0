import { availableParallelism } from 'node:os'
import type { Command } from 'commander'
import { AgentService } from '../agent/agent-service.ts'
import { serveHttpAgent, type RunningAgent } from '../agent/http-agent.ts'
import { serveNatsAgent } from '../agent/nats-agent.ts'
import { defaultGroup } from '../agent/nats-connection.ts'
import type { CliContext } from '../cli/cli-context.ts'
import { positiveInteger } from '../cli/parse-options.ts'
import { LabError } from '../errors/lab-error.ts'

interface AgentFlags {
  readonly listen: string
  readonly nats?: string
  readonly group: string
  readonly token?: string
  readonly workers?: number
}

/** `agent`: sends shares of runs for a coordinator until it is stopped. */
export function registerAgent(program: Command, context: CliContext): void {
  program
    .command('agent')
    .description('sends shares of runs for `run --agents` on another machine, until it is stopped')
    .option('--listen <host:port>', 'address to listen on; beyond loopback a token is needed', '127.0.0.1:7070')
    .option('--nats <url>', 'NATS server to be found by, instead of listening')
    .option('--group <name>', 'group of agents on the NATS server', defaultGroup)
    .option('--token <secret>', 'shared secret; default: EVENKEEL_LAB_TOKEN')
    .option('--workers <count>', 'threads to send with; default: one less than the processors', positiveInteger)
    .addHelpText('after', '\nExample: EVENKEEL_LAB_TOKEN=… evenkeel-lab agent --listen 0.0.0.0:7070')
    .action((flags: AgentFlags) => runAgent(flags, context))
}

async function runAgent(flags: AgentFlags, context: CliContext): Promise<void> {
  const token = flags.token ?? context.env['EVENKEEL_LAB_TOKEN']
  const workers = flags.workers ?? Math.max(1, availableParallelism() - 1)
  await using service = new AgentService({ workers, onLog: (text) => context.stderr.write(`${text}\n`) })
  await using agent = await serve(service, flags, token)
  context.stderr.write(`agent with ${workers} workers at ${agent.address}\n`)
  await new Promise<void>((resolve) => {
    if (context.signal.aborted) resolve()
    else context.signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function serve(service: AgentService, flags: AgentFlags, token: string | undefined): Promise<RunningAgent> {
  if (flags.nats !== undefined)
    return serveNatsAgent({ service, url: checkedUrl(flags.nats), group: flags.group, token })
  const { hostname: host, port } = splitAddress(flags.listen)
  return serveHttpAgent({ service, host, port, token })
}

function checkedUrl(text: string): string {
  if (URL.canParse(text) && text.startsWith('nats:')) return text
  throw new LabError('EK_LAB_USAGE', `--nats must be nats://host:port, received "${text}"`)
}

function splitAddress(text: string): { readonly hostname: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  const host = match?.[1] ?? match?.[2] ?? ''
  if (match !== null && host !== '' && port <= 65_535) return { hostname: host, port }
  throw new LabError('EK_LAB_USAGE', `--listen must be host:port, received "${text}"`)
}
