import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Command } from 'commander'
import type { CliContext } from '../cli/cli-context.ts'
import { collect, durationOption, headersOf, labelsOf, positiveInteger, positiveNumber } from '../cli/parse-options.ts'
import { exitCodeOf } from '../cli/run-outcome.ts'
import { LiveView } from '../cli/terminal/live-view.ts'
import { painter } from '../cli/terminal/style.ts'
import { summaryText } from '../cli/terminal/summary-text.ts'
import { LabError, messageOf } from '../errors/lab-error.ts'
import type { RequestPlan } from '../load/load-plan.ts'
import { requestPlan } from '../load/request-plan.ts'
import { runLoad, type RunLoadOptions } from '../load/run-load.ts'
import { addExtraOptions, withExtras, writeOutputs, type ExtraFlags } from './run-extras.ts'

interface QuickFlags extends ExtraFlags {
  readonly connections: number
  readonly duration?: number
  readonly requests?: number
  readonly rate?: number
  readonly pipelining: number
  readonly method?: string
  readonly header?: readonly string[]
  readonly body?: string
  readonly bodyFile?: string
  readonly json?: boolean
  readonly warmUp?: number
  readonly timeout: number
  readonly insecure?: boolean
  readonly expect?: readonly number[]
  readonly output?: string
  readonly serverPid?: number
  readonly label?: readonly string[]
  readonly quiet?: boolean
}

const defaultDurationMs = 10_000

/** `quick`: one request over and over, in one line. */
export function registerQuick(program: Command, context: CliContext): void {
  const command = program
    .command('quick')
    .description('sends one request over and over and shows what it takes')
    .argument('<url>', 'http or https address')
    .option('-c, --connections <count>', 'connections', positiveInteger, 10)
    .option('-d, --duration <time>', 'how long (default 10s, unless --requests is given)', durationOption)
    .option('-n, --requests <count>', 'stop after this many requests', positiveInteger)
    .option(
      '-r, --rate <per second>',
      'requests per second over all connections; latency counts from the planned time',
      positiveNumber,
    )
    .option('--pipelining <count>', 'requests in flight on each connection', positiveInteger, 1)
    .option('-m, --method <method>', 'method (default GET, or POST with a body)')
    .option('-H, --header <header>', '"Name: value" (repeatable)', collect)
    .option('-b, --body <text>', 'request body')
    .option('--body-file <file>', 'request body from a file')
    .option('--warm-up <time>', 'send this long before measuring', durationOption)
    .option('--timeout <time>', 'limit of one request', durationOption, 10_000)
    .option('-k, --insecure', 'accept any certificate')
    .option('--expect <status>', 'status that is right; another one fails the run (repeatable)', statusOption)
    .option('-o, --output <file>', 'write the result to this file')
    .option('--server-pid <pid>', "sample this process's CPU time and memory", positiveInteger)
    .option('--label <name=value>', 'label kept with the result (repeatable)', collect)
    .option('-q, --quiet', 'no progress')
    .option('--json', 'print the result as JSON')
  addExtraOptions(command)
    .addHelpText('after', '\nExample:\n  $ evenkeel-lab quick http://127.0.0.1:3000/ -c 50 -d 10s')
    .action((url: string, flags: QuickFlags) => quick(url, flags, context))
}

function statusOption(text: string, before: readonly number[] | undefined): readonly number[] {
  return [...(before ?? []), positiveInteger(text)]
}

async function quick(url: string, flags: QuickFlags, context: CliContext): Promise<void> {
  const view = flags.quiet === true ? undefined : new LiveView(context)
  const plan = await planOf(url, flags, context)
  const options: RunLoadOptions = {
    plan,
    kind: 'quick',
    signal: context.signal,
    labels: labelsOf(flags.label),
    ...(view === undefined ? {} : { onProgress: (progress) => view.update(progress) }),
    ...(flags.serverPid === undefined ? {} : { serverPid: flags.serverPid }),
  }
  const model = plan.requestRate === undefined ? 'closed' : 'open'
  const extras = { name: plan.url, target: plan.url, model, markers: [], flags, context } as const
  const result = await withExtras(options, extras, runLoad)
  view?.end()
  const text =
    flags.json === true ? `${JSON.stringify(result)}\n` : summaryText(result, painter(context, context.stdout))
  context.stdout.write(text)
  context.setExitCode(exitCodeOf(result, context.signal))
  await writeOutputs(result, flags, context)
}

async function planOf(url: string, flags: QuickFlags, context: CliContext): Promise<RequestPlan> {
  const body = flags.bodyFile === undefined ? flags.body : await readBody(resolve(context.cwd, flags.bodyFile))
  const durationMs = flags.duration ?? (flags.requests === undefined ? defaultDurationMs : undefined)
  return requestPlan({
    url: withScheme(url),
    method: (flags.method ?? (body === undefined ? 'GET' : 'POST')).toUpperCase(),
    headers: headersOf(flags.header),
    connections: flags.connections,
    pipelining: flags.pipelining,
    timeoutMs: flags.timeout,
    verifyTls: flags.insecure !== true,
    warmUpMs: flags.warmUp ?? 0,
    ...(body === undefined ? {} : { body }),
    ...(durationMs === undefined ? {} : { durationMs }),
    ...(flags.requests === undefined ? {} : { requestCount: flags.requests }),
    ...(flags.rate === undefined ? {} : { requestRate: flags.rate }),
    ...(flags.expect === undefined ? {} : { expectedStatus: flags.expect }),
  })
}

function withScheme(url: string): string {
  return /^[a-z]+:\/\//i.test(url) ? url : `http://${url}`
}

async function readBody(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new LabError('EK_LAB_USAGE', `The body "${path}" could not be read: ${messageOf(error)}`, { cause: error })
  }
}
