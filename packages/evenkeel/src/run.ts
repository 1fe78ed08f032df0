import {
  runApp,
  runPages,
  type AdminOptions,
  type AppLimits,
  type RunAppOptions,
  type RunningApp,
} from '@evenkeel/server/apps'
import { Command, InvalidArgumentError } from 'commander'
import { readFileSync, statSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { parsePort } from './parse-port.ts'

interface RunFlags {
  readonly instances?: number | 'auto'
  readonly host?: string
  readonly port?: number
  readonly unix?: string
  readonly tlsCert?: string
  readonly tlsKey?: string
  readonly adminHost?: string
  readonly adminPort?: number
  readonly adminTokenFile?: string
  readonly admin: boolean
  readonly watch?: boolean
  readonly compress?: boolean
  readonly slowLane: boolean
  readonly envFile?: string
  readonly dataDir?: string
  readonly limit: AppLimits
  readonly json?: boolean
}

const example = `
Examples:
  $ evenkeel run app.ts --watch
  $ evenkeel run app.ts --instances auto --port 8080 --limit memoryMb=256 --limit handlerTimeoutMs=5000
  $ evenkeel run app.ts --unix /run/app.sock
  $ evenkeel run app.ts --tls-cert cert.pem --tls-key key.pem
  $ evenkeel run . --instances auto

A folder is a project whose pages/ are served; its evenkeel.config says how.
The file exports { fetch(request, env, context) }, an app of Hono, h3, Express, Fastify or Koa, or a Node handler.
Limits are those of the guide on apps. SIGHUP reloads, as "evenkeel reload" does.`

export function runCommand(): Command {
  return new Command('run')
    .description('serve one app or a project of pages, in one runtime or several')
    .argument('<file>', 'the app: JavaScript, TypeScript or TSX; or a folder with pages/')
    .option('--instances <number>', 'runtimes, up to the usable processors, or auto (default 1)', parseInstances)
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port (default 3000; 0 takes a free one)', parsePort)
    .option('--unix <path>', 'listen on a Unix socket instead')
    .option('--tls-cert <file>', 'certificate in PEM, read again when it changes; with HTTP/2')
    .option('--tls-key <file>', 'its key in PEM')
    .option('--admin-host <address>', 'address of the admin listener (default 127.0.0.1; another needs a token)')
    .option('--admin-port <number>', 'admin port (default 3001; 0 takes a free one)', parsePort)
    .option('--admin-token-file <file>', 'file with the token of the admin listener (or EVENKEEL_ADMIN_TOKEN)')
    .option('--no-admin', 'no admin listener')
    .option('--watch', 'reload when a file of the app changes')
    .option('--compress', 'compress text for clients that accept it')
    .option('--no-slow-lane', 'requests that compute for long get no runtimes of their own')
    .option('--env-file <file>', 'variables for the app besides those of this process')
    .option('--data-dir <folder>', 'what its bindings keep (default .evenkeel/<name> beside the file)')
    .option('--limit <name=number>', 'a limit of the app; may be given several times', collectLimit, {})
    .option('--json', 'print one line of JSON when the app answers')
    .addHelpText('after', example)
    .action(run)
}

/** Resolves when a signal has ended the app. */
async function run(file: string, flags: RunFlags, command: Command): Promise<void> {
  if ((flags.tlsCert === undefined) !== (flags.tlsKey === undefined))
    command.error('error: --tls-cert and --tls-key belong together')
  const isFolder = statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
  refuseForPages(isFolder, flags, command)
  const signals = new StopSignals()
  const app = isFolder ? await runFolder(file, flags) : await runApp(runOptions(file, flags))
  const { url, adminUrl } = app
  console.log(flags.json === true ? JSON.stringify({ url, adminUrl, pid: process.pid }) : greeting(app, isFolder))
  process.on('SIGHUP', () => void app.reload())
  await signals.first
  const cutOff = await Promise.race([app.close(), signals.second])
  if (cutOff === 'at once') {
    console.error('evenkeel: stopped at once')
    process.exit(1)
  }
  if (cutOff === 0) return
  console.error(`evenkeel: ${cutOff} requests did not end in time and were cut off`)
  process.exitCode = 1
}

/** What only an app has. */
function refuseForPages(isFolder: boolean, { watch, compress, dataDir }: RunFlags, command: Command): void {
  if (!isFolder) return
  if (watch === true) command.error('error: --watch is for apps; pages are written with "evenkeel dev"')
  if (compress === true)
    command.error('error: --compress is for apps; files of pages are compressed when they are built')
  if (dataDir !== undefined) command.error('error: --data-dir is for apps')
}

function runFolder(dir: string, flags: RunFlags): Promise<RunningApp> {
  const { file: _file, watch: _watch, compress: _compress, dataDir: _dataDir, ...options } = runOptions(dir, flags)
  return runPages({ ...options, dir })
}

function runOptions(file: string, flags: RunFlags): RunAppOptions {
  const { watch = false, compress = false, limit: limits, envFile } = flags
  return {
    file,
    watch,
    compress,
    limits,
    admin: flags.admin ? adminOptions(flags) : false,
    ...given({ instances: flags.instances, unix: flags.unix }),
    ...(flags.slowLane ? {} : { slowLane: false }),
    ...given({ dataDir: flags.dataDir ?? process.env['EVENKEEL_DATA_DIR'] }),
    ...given({ host: flags.host ?? process.env['EVENKEEL_HOST'], port: flags.port ?? portVariable('EVENKEEL_PORT') }),
    ...tlsOption(flags),
    ...(envFile === undefined ? {} : { variables: variablesWith(envFile) }),
  }
}

function adminOptions({ adminHost, adminPort, adminTokenFile }: RunFlags): AdminOptions {
  const host = adminHost ?? process.env['EVENKEEL_ADMIN_HOST']
  const token =
    adminTokenFile === undefined ? process.env['EVENKEEL_ADMIN_TOKEN'] : readFileSync(adminTokenFile, 'utf8').trim()
  return given({ host, port: adminPort ?? portVariable('EVENKEEL_ADMIN_PORT'), token })
}

function portVariable(name: string): number | undefined {
  const text = process.env[name]
  return text === undefined ? undefined : parsePort(text)
}

type Given<Values> = { readonly [Name in keyof Values]?: Exclude<Values[Name], undefined> }

/** Without the values that are undefined. */
function given<Values extends object>(values: Values): Given<Values> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Given<Values>
}

function tlsOption({ tlsCert: certFile, tlsKey: keyFile }: RunFlags): Pick<RunAppOptions, 'tls'> {
  return certFile === undefined || keyFile === undefined ? {} : { tls: { certFile, keyFile } }
}

function variablesWith(file: string): Record<string, string> {
  const own = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('EVENKEEL_'),
  )
  return {
    ...(Object.fromEntries(own) as Record<string, string>),
    ...(parseEnv(readFileSync(file, 'utf8')) as Record<string, string>),
  }
}

function parseInstances(text: string): number | 'auto' {
  if (text === 'auto') return text
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('It must be a number from 1, or auto.')
}

function collectLimit(text: string, limits: AppLimits): AppLimits {
  const [, name, value] = /^(\w+)=(\d+)$/.exec(text) ?? []
  if (name === undefined) throw new InvalidArgumentError('It must be a name and a number, such as memoryMb=256.')
  return { ...limits, [name]: Number(value) }
}

/** The first signal stops in order, the second at once. */
class StopSignals {
  readonly first: Promise<void>
  readonly second: Promise<'at once'>

  constructor() {
    const first = Promise.withResolvers<void>()
    const second = Promise.withResolvers<'at once'>()
    let seen = 0
    const stop = (): void => {
      seen += 1
      if (seen === 1) first.resolve()
      else second.resolve('at once')
    }
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stop)
    this.first = first.promise
    this.second = second.promise
  }
}

function greeting({ url, adminUrl }: RunningApp, isFolder: boolean): string {
  return `The ${isFolder ? 'pages answer' : 'app answers'} at ${url}${adminUrl === undefined ? '' : `  (admin ${adminUrl})`}\nCtrl-C stops.`
}
