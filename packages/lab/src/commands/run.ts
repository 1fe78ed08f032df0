import { resolve } from 'node:path'
import type { Command } from 'commander'
import { runOnAgents } from '../agent/run-on-agents.ts'
import type { CliContext } from '../cli/cli-context.ts'
import { formatFinding } from '../cli/format-finding.ts'
import {
  collect,
  environmentWith,
  jsonRecord,
  labelsOf,
  positiveInteger,
  positiveNumber,
  variablesOf,
} from '../cli/parse-options.ts'
import { exitCodeOf } from '../cli/run-outcome.ts'
import { LiveView } from '../cli/terminal/live-view.ts'
import { painter } from '../cli/terminal/style.ts'
import { summaryText } from '../cli/terminal/summary-text.ts'
import { runInWorkers } from '../load/run-in-workers.ts'
import { runLoad, type RunLoadOptions } from '../load/run-load.ts'
import { parseMarkers } from '../markers/marker-hook.ts'
import type { LabResult } from '../result/lab-result.ts'
import { loadScript, type LoadScriptOptions } from '../script/load-script.ts'
import type { PlainRecord } from '../util/records.ts'
import { addAgentOptions, openAgentLinks, type AgentLinkFlags } from './agent-links.ts'
import { addExtraOptions, withExtras, writeOutputs, type ExtraFlags } from './run-extras.ts'

interface RunFlags extends ExtraFlags, AgentLinkFlags {
  readonly environment?: string
  readonly target?: string
  readonly config?: string
  readonly output?: string
  readonly overrides?: PlainRecord
  readonly variables?: readonly string[]
  readonly payload?: readonly string[]
  readonly scenarioName?: string
  readonly solo?: boolean
  readonly insecure?: boolean
  readonly envFile?: string
  readonly timeScale?: number
  readonly allowUnknown?: boolean
  readonly workers?: number
  readonly serverPid?: number
  readonly label?: readonly string[]
  readonly name?: string
  readonly quiet?: boolean
  readonly json?: boolean
}

/** `run`: sends the users of a script. */
export function registerRun(program: Command, context: CliContext): void {
  const command = program
    .command('run')
    .description('sends the users of a script (Artillery YAML or JSON, or a JavaScript or TypeScript module)')
    .argument('<script>', 'the script')
    .option('-t, --target <url>', 'server to test, instead of config.target')
    .option('-e, --environment <name>', 'part of config.environments to use')
    .option('-o, --output <file>', 'write the result to this file')
    .option('-c, --config <file>', 'file whose configuration lies below that of the script')
    .option('-v, --variables <name=value|json>', 'variables of the script (repeatable)', collect)
    .option('--overrides <json>', 'JSON merged over the script', jsonRecord)
    .option('-p, --payload <file>', 'data file, instead of the path in the script (repeatable)', collect)
    .option('--scenario-name <name>', 'run only the scenario with this name, or that matches it as a pattern')
    .option('--solo', 'one user, once')
    .option('-k, --insecure', 'accept any certificate')
    .option('--env-file <file>', 'environment variables for the script')
    .option('--time-scale <factor>', 'run the phases this many times faster with the same users', positiveNumber)
    .option('--allow-unknown', 'unknown keys in the script become warnings')
    .option('--workers <count>', 'threads that send the load', positiveInteger)
    .option('--server-pid <pid>', "sample this process's CPU time and memory", positiveInteger)
    .option('--label <name=value>', 'label kept with the result (repeatable)', collect)
    .option('--name <name>', 'name of the run')
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the result as JSON')
  addAgentOptions(addExtraOptions(command))
    .addHelpText('after', '\nExample:\n  $ evenkeel-lab run signup.yml -t http://127.0.0.1:3000 -o result.json')
    .action((script: string, flags: RunFlags) => run(script, flags, context))
}

async function run(file: string, flags: RunFlags, context: CliContext): Promise<void> {
  const script = await loadScript(resolve(context.cwd, file), await scriptOptions(flags, context))
  for (const warning of script.warnings) context.stderr.write(`warning: ${formatFinding(warning)}\n`)
  const view = flags.quiet === true ? undefined : new LiveView(context)
  const options: RunLoadOptions = {
    plan: { kind: 'script', script },
    signal: context.signal,
    labels: labelsOf(flags.label),
    onLog: (text) => (view === undefined ? context.stderr.write(`${text}\n`) : view.log(text)),
    ...(view === undefined ? {} : { onProgress: (progress) => view.update(progress) }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    ...(flags.serverPid === undefined ? {} : { serverPid: flags.serverPid }),
    ...(context.clock === undefined ? {} : { clock: context.clock }),
  }
  const extras = {
    name: flags.name ?? script.name,
    target: script.target,
    model: 'open',
    markers: parseMarkers(script.config['markers']),
    flags,
    context,
  } as const
  const result = await withExtras(options, extras, (each) => send(each, flags, context))
  view?.end()
  await finish(result, flags, context)
}

async function send(options: RunLoadOptions, flags: RunFlags, context: CliContext): Promise<LabResult> {
  const links = await openAgentLinks(flags, context)
  const workers = flags.workers ?? 1
  if (links.length === 0) return workers > 1 ? runInWorkers(options, workers) : runLoad(options)
  await using stack = new AsyncDisposableStack()
  for (const link of links) stack.use(link)
  const include = (flags.include ?? []).map((path) => resolve(context.cwd, path))
  return await runOnAgents(options, { links, include })
}

async function scriptOptions(flags: RunFlags, context: CliContext): Promise<LoadScriptOptions> {
  const at = (path: string): string => resolve(context.cwd, path)
  return {
    env: await environmentWith(flags.envFile === undefined ? undefined : at(flags.envFile), context.env),
    ...(flags.environment === undefined ? {} : { environment: flags.environment }),
    ...(flags.target === undefined ? {} : { target: flags.target }),
    ...(flags.config === undefined ? {} : { configFile: at(flags.config) }),
    ...(flags.overrides === undefined ? {} : { overrides: flags.overrides }),
    ...(flags.variables === undefined ? {} : { variables: variablesOf(flags.variables) }),
    ...(flags.payload === undefined ? {} : { payloadFiles: flags.payload.map(at) }),
    ...(flags.scenarioName === undefined ? {} : { scenarioName: flags.scenarioName }),
    ...(flags.solo === undefined ? {} : { solo: flags.solo }),
    ...(flags.insecure === undefined ? {} : { insecure: flags.insecure }),
    ...(flags.allowUnknown === undefined ? {} : { allowUnknownKeys: flags.allowUnknown }),
    ...(flags.timeScale === undefined ? {} : { timeScale: flags.timeScale }),
  }
}

async function finish(result: LabResult, flags: RunFlags, context: CliContext): Promise<void> {
  const text =
    flags.json === true ? `${JSON.stringify(result)}\n` : summaryText(result, painter(context, context.stdout))
  context.stdout.write(text)
  context.setExitCode(exitCodeOf(result, context.signal))
  await writeOutputs(result, flags, context)
}
