import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import { refusePublicAdmin } from './admin-guard.ts'
import type { AppAdminOptions } from './app-admin.ts'
import { appLimitRanges, defaultAppLimits, type AppLimits, type ResolvedAppLimits } from '../app-limits.ts'

export interface RunAppOptions {
  /** File of the app: JavaScript, TypeScript or TSX. */
  readonly file: string
  /** Runtimes that accept connections, at most as many as usable processors. `auto` takes all. Default 1. */
  readonly instances?: number | 'auto'
  /** Address to listen on: an IP address or `localhost`. Default 127.0.0.1. */
  readonly host?: string
  /** Default 3000; 0 takes a free one. */
  readonly port?: number
  /** Path of a Unix socket, in place of host and port. */
  readonly unix?: string
  readonly tls?: TlsPaths
  /** The admin listener, or false for none. */
  readonly admin?: AdminOptions | false
  /** Reloads when a file of the app changes. Default false. */
  readonly watch?: boolean
  /** Compresses answers that are text for clients that accept it. Default false. */
  readonly compress?: boolean
  /**
   * Whether requests of routes that compute for more than 10 ms get runtimes of their own, as many as `instances`, started when the first
   * such route is found, ended after a minute without use; only for apps with `fetch`. Default: with two instances or more.
   */
  readonly slowLane?: boolean
  readonly limits?: AppLimits
  /** Text values of the app's `env`, and environment of its processes. Default: the environment of this process. */
  readonly variables?: Readonly<Record<string, string>>
  /** Folder of what the app's bindings keep. Default: `.evenkeel/<name>` beside its file. */
  readonly dataDir?: string
  /** Called with what the runtimes print, and with what happens to them. Default: standard output and error. */
  readonly log?: AppLog
}

export interface AdminOptions {
  /** Default 127.0.0.1. An address that other machines reach needs a token. */
  readonly host?: string
  /** Default 3001; 0 takes a free one. */
  readonly port?: number
  /** Lets in whoever sends it as `Authorization: Bearer`; 20 to 512 characters. Programs on this machine need none. */
  readonly token?: string
}

/** Files in PEM. They are read again when they change and at a reload. */
export interface TlsPaths {
  readonly certFile: string
  readonly keyFile: string
}

export type AppLog = (entry: {
  readonly source: 'app' | 'evenkeel'
  readonly level: 'info' | 'error'
  readonly text: string
}) => void

/** What every app is told, however connections reach it. */
export interface ResolvedAppOptions {
  readonly file: string
  readonly instances: number
  readonly tls: TlsPaths | undefined
  readonly compress: boolean
  readonly limits: ResolvedAppLimits
  readonly variables: Readonly<Record<string, string>>
  readonly dataDir: string | undefined
  readonly log: AppLog
}

export interface ResolvedRunAppOptions extends ResolvedAppOptions {
  readonly host: string
  readonly port: number
  readonly unix: string | undefined
  readonly admin: AppAdminOptions | undefined
  readonly watch: boolean
  readonly slowLane: boolean
}

/** Checks every option and fills in the defaults. Throws `EK_CONFIG_INVALID`. */
export function resolveRunAppOptions({ file, ...options }: RunAppOptions, processors: number): ResolvedRunAppOptions {
  return resolveRunOptions(appFile(file), options, processors)
}

/** `file` is what is served, absolute. Throws `EK_CONFIG_INVALID`. */
export function resolveRunOptions(
  file: string,
  options: Omit<RunAppOptions, 'file'>,
  processors: number,
): ResolvedRunAppOptions {
  const { host = '127.0.0.1', port = 3_000, unix, tls, watch = false, compress = false } = options
  const instances = instanceCount(options.instances, processors)
  return Object.freeze({
    file,
    instances,
    slowLane: options.slowLane ?? instances > 1,
    host: host === 'localhost' ? '127.0.0.1' : host,
    port: checkedPort('port', port),
    unix,
    tls,
    admin: adminAddress(options.admin),
    watch,
    compress,
    limits: resolveAppLimits(options.limits),
    variables: options.variables ?? ownVariables(),
    dataDir: options.dataDir === undefined ? undefined : resolve(options.dataDir),
    log: options.log ?? printEntry,
  })
}

/** Throws `EK_CONFIG_INVALID` for a limit that is not known or out of its range. */
export function resolveAppLimits(limits: AppLimits = {}): ResolvedAppLimits {
  for (const [name, value] of Object.entries(limits)) {
    const range = (appLimitRanges as Readonly<Record<string, readonly [number, number]>>)[name]
    if (range === undefined) throw invalid(`an app has no limit "${name}"`)
    const [least, most] = range
    if (value !== undefined && !(Number.isInteger(value) && value >= least && value <= most))
      throw invalid(`the limit "${name}" must be a whole number from ${least} to ${most}, not ${JSON.stringify(value)}`)
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined))
  return Object.freeze({ ...defaultAppLimits, ...given })
}

/** Absolute. Throws `EK_APP_LOAD` when it is not there. */
export function appFile(file: string): string {
  const path = resolve(file)
  if (!existsSync(path)) throw new ServerError('EK_APP_LOAD', `the app "${file}" does not exist`)
  if (!statSync(path).isFile()) throw new ServerError('EK_APP_LOAD', `the app "${file}" is not a file`)
  return path
}

export function instanceCount(instances: number | 'auto' = 1, processors: number): number {
  if (instances === 'auto') return processors
  if (Number.isInteger(instances) && instances >= 1 && instances <= processors) return instances
  throw invalid(
    `the option "instances" must be "auto" or a whole number from 1 to ${processors}, the usable processors, not ${JSON.stringify(instances)}`,
  )
}

function adminAddress(admin: RunAppOptions['admin']): ResolvedRunAppOptions['admin'] {
  if (admin === false) return undefined
  const { host = '127.0.0.1', port = 3_001, token } = admin ?? {}
  // What a client could not send would lock everybody out.
  if (token !== undefined && !/^[\x21-\x7e]{20,512}$/.test(token))
    throw invalid('the admin token must be 20 to 512 printable characters without spaces')
  refusePublicAdmin(host, token)
  return { host, port: checkedPort('admin.port', port), token }
}

function checkedPort(name: string, port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw invalid(`the option "${name}" must be a whole number from 0 to 65535, not ${JSON.stringify(port)}`)
}

function invalid(message: string): ServerError {
  return new ServerError('EK_CONFIG_INVALID', message)
}

/** Of this process, less what configures Evenkeel itself. */
function ownVariables(): Record<string, string> {
  const entries = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !name.startsWith('EVENKEEL_'),
  )
  return Object.fromEntries(entries) as Record<string, string>
}

export function printEntry({ source, level, text }: Parameters<AppLog>[0]): void {
  const line = source === 'evenkeel' ? `evenkeel: ${text}\n` : `${text}\n`
  if (level === 'error') process.stderr.write(line)
  else process.stdout.write(line)
}
