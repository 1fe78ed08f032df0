import { readFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { createClient, type Client, type Execution, type FunctionInput } from '@evenkeel/server/client'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { print, table } from './print.ts'

interface RemoteFlags {
  readonly url: string
  readonly token?: string
  readonly json?: boolean
}

const example = `
Examples:
  $ evenkeel fn deploy hello.js --description 'Says hello'
  $ evenkeel fn invoke hello --input '{"name":"Ada"}'
  $ evenkeel fn rollback hello 1`

export function addFunctionCommands(program: Command): void {
  const fn = program.command('fn').description('store and call functions on a server').addHelpText('after', example)
  addDeploy(fn)
  addInvoke(fn)
  addLists(fn)
  remote(fn.command('rollback').description('make a version the current one'))
    .argument('<name>')
    .argument('<version>', 'number of the version', parseWhole)
    .action(async (name: string, version: number, flags: RemoteFlags) => {
      const result = await clientOf(flags).functions.rollback(name, version)
      print(result, { ...flags, lines: [`${name} is at version ${result.version}`] })
    })
}

/** Options that every command of a remote server has; the environment is their default. */
function remote(command: Command): Command {
  return command
    .addOption(new Option('--url <url>', 'address of the server').env('EVENKEEL_URL').default('http://127.0.0.1:3000'))
    .addOption(new Option('--token <token>', 'token to send').env('EVENKEEL_TOKEN'))
    .option('--json', 'print JSON')
}

function clientOf({ url, token }: RemoteFlags): Client {
  return createClient({ url, ...(token === undefined ? {} : { token }) })
}

interface DeployFlags extends RemoteFlags {
  readonly name?: string
  readonly description?: string
  readonly env: Readonly<Record<string, string>>
  readonly secret: readonly string[]
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryMb?: number
  readonly freshness?: 'context' | 'isolate' | 'process' | 'reuse'
  readonly egress: readonly string[]
  readonly ipAllow: readonly string[]
  readonly webhook?: boolean
  readonly alias?: string
}

function addDeploy(fn: Command): void {
  remote(fn.command('deploy').description('store a file as a new version of a function'))
    .argument('<file>', 'a function body or module, .js or .ts', readCode)
    .option('--name <name>', 'name of the function (default: of the file)')
    .option('--description <text>', 'what it does')
    .option('--env <NAME=value>', 'a variable; may be given several times', collectPairs, {})
    .option('--secret <NAME>', 'a secret, read from the environment; may be given several times', collect, [])
    .option('--wall-ms <number>', 'how long a run may take', parseWhole)
    .option('--cpu-ms <number>', 'how much processor time a run may take', parseWhole)
    .option('--memory-mb <number>', 'how much memory a run may take', parseWhole)
    .addOption(
      new Option('--freshness <kind>', 'how new the world is in which it runs').choices([
        'context',
        'isolate',
        'process',
        'reuse',
      ]),
    )
    .option('--egress <host>', 'a host that it may send requests to; may be given several times', collect, [])
    .option('--ip-allow <range>', 'addresses that may call it; may be given several times', collect, [])
    .option('--webhook', 'callable at /f/<name> without a token')
    .option('--alias <alias>', 'point this alias at the new version')
    .action(async (file: CodeFile, flags: DeployFlags) => {
      const { functions } = clientOf(flags)
      const name = flags.name ?? basename(file.path, extname(file.path))
      const result = await functions.put(name, functionInput(file, flags))
      if (flags.alias !== undefined) await functions.setAlias(name, flags.alias, result.version)
      const what = result.changed ? 'stored as' : 'unchanged, still'
      print(result, { ...flags, lines: [`${name}: ${what} version ${result.version}`] })
    })
}

interface CodeFile {
  readonly path: string
  readonly code: string
}

function readCode(path: string): CodeFile {
  try {
    return { path, code: readFileSync(path, 'utf8') }
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as Error).message}.`)
  }
}

function functionInput({ path, code }: CodeFile, flags: DeployFlags): FunctionInput {
  const { description, env, secret, wallMs, cpuMs, memoryMb, freshness, egress, ipAllow, webhook } = flags
  const limits = {
    ...(wallMs === undefined ? {} : { wallMs }),
    ...(cpuMs === undefined ? {} : { cpuMs }),
    ...(memoryMb === undefined ? {} : { memoryMb }),
  }
  return {
    code,
    language: /\.m?ts$/.test(path) ? 'ts' : 'js',
    env,
    limits,
    ipAllow,
    ...(description === undefined ? {} : { description }),
    ...(freshness === undefined ? {} : { freshness }),
    ...(egress.length === 0 ? {} : { egress }),
    ...(webhook === true ? { webhook: { public: true } } : {}),
    ...(secret.length === 0 ? {} : { secrets: Object.fromEntries(secret.map((name) => [name, variable(name)])) }),
  }
}

interface InvokeFlags extends RemoteFlags {
  readonly input?: unknown
  readonly at?: string
  readonly async?: boolean
}

function addInvoke(fn: Command): void {
  remote(fn.command('invoke').description('call a function and print its result'))
    .argument('<name>')
    .option('--input <json>', 'the input', parseJson)
    .option('--at <version>', 'a version: a number or an alias')
    .option('--async', 'do not wait; print the id of the run')
    .action(async (name: string, flags: InvokeFlags) => {
      const { functions } = clientOf(flags)
      const { input = {}, at: version } = flags
      const options = { input, ...(version === undefined ? {} : { version }) }
      if (flags.async === true) {
        const started = await functions.start(name, options)
        return print(started, { ...flags, lines: [started.id] })
      }
      const answer = await functions.invoke(name, options)
      for (const { level, message } of answer.logs) if (flags.json !== true) console.error(`${level}: ${message}`)
      print(answer, { ...flags, lines: [JSON.stringify(answer.result, null, 2)] })
    })
}

function addLists(fn: Command): void {
  remote(fn.command('list').description('list functions')).action(async (flags: RemoteFlags) => {
    const { items } = await clientOf(flags).functions.list({ limit: 999 })
    const rows = items.map(({ name, version, updatedAt, description }) => [
      name,
      String(version),
      updatedAt,
      description,
    ])
    print(items, { ...flags, lines: table([['NAME', 'VERSION', 'UPDATED', 'DESCRIPTION'], ...rows]) })
  })
  remote(fn.command('versions').description('list the versions of a function'))
    .argument('<name>')
    .action(async (name: string, flags: RemoteFlags) => {
      const items = await clientOf(flags).functions.versions(name)
      const rows = items.map(({ version, current, aliases, createdAt }) => [
        `${current ? '*' : ' '} ${version}`,
        createdAt,
        aliases.join(', '),
      ])
      print(items, { ...flags, lines: table([['  VERSION', 'CREATED', 'ALIASES'], ...rows]) })
    })
  remote(fn.command('logs').description('show the latest runs of a function with what they logged'))
    .argument('<name>')
    .option('--limit <number>', 'how many runs', parseWhole, 10)
    .action(async (name: string, flags: RemoteFlags & { readonly limit: number }) => {
      const { executions } = clientOf(flags)
      const { items } = await executions.list({ function: name, limit: Math.min(flags.limit, 500) })
      const full = await Promise.all(items.map(({ id }) => executions.get(id)))
      print(full, { ...flags, lines: full.toReversed().flatMap((execution) => logLines(execution)) })
    })
}

function logLines({ id, startedAt = '', status, usage, error, logs = [] }: Execution): readonly string[] {
  const head = `${startedAt}  ${id}  ${status}  ${(usage?.wallMs ?? 0).toFixed(1)} ms`
  const failure = error === undefined ? [] : [`  ${error.type}: ${error.message}`]
  return [head, ...logs.map(({ level, message }) => `  ${level}: ${message}`), ...failure]
}

function parseWhole(text: string): number {
  if (/^[1-9]\d{0,9}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a whole number from 1.')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON: ${(error as Error).message}.`)
  }
}

function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value]
}

function collectPairs(pair: string, pairs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? []
  if (name === undefined || value === undefined) throw new InvalidArgumentError('It must be NAME=value.')
  return { ...pairs, [name]: value }
}

/** Secrets are not taken from the command line, where other users of the machine can read them. */
function variable(name: string): string {
  const value = process.env[name]
  if (value !== undefined && value !== '') return value
  throw Object.assign(new Error(`the environment variable ${name} is not set`), { code: 'EK_CLI_SECRET' })
}
