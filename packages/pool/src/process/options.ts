import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PoolError } from '../errors/pool-error.ts'

/** Node's permission model for the host. What is not granted is denied; the program's folder and this package stay readable. */
export interface ProcessPermissions {
  /** Files and folders (`/data/*`) that may be read. */
  readonly read?: readonly string[]
  readonly write?: readonly string[]
  readonly net?: boolean
  readonly childProcess?: boolean
  readonly worker?: boolean
  readonly addons?: boolean
}

/** Invocations that a host makes by itself before it takes work, so that its code is compiled and its caches are filled. */
export interface WarmUp {
  /** The exported function. Default `default`. */
  readonly export?: string
  /** Called with each in turn. An input whose call throws keeps the host from becoming ready. */
  readonly inputs: readonly unknown[]
  /** Calls at most. Fewer when the last five take about the same time. Default 50. */
  readonly rounds?: number
  /** No call starts later than this, in milliseconds. Default 2000. */
  readonly maxMs?: number
}

export interface ProcessEngineOptions {
  /**
   * File of the program: absolute path or `file:` URL of a module or bundle. It is imported once in each host. A function is asked for each
   * new host, so that hosts started later run a newer version.
   */
  readonly module: string | URL | (() => string | URL)
  /** Passed to the program in its context. Must survive JSON. */
  readonly options?: unknown
  /** Label in metrics. Default `process`. */
  readonly name?: string
  /** Invocations at one time in one host: one for work that computes, more for work that waits. Default 32. */
  readonly concurrency?: number
  /** Resident memory at which a host is killed, in MiB. Default 512. */
  readonly residentMb?: number
  /** Part of the wall limit after which the program's signal is aborted. Default 0.8. */
  readonly softLimitShare?: number
  /** How long the event loop may be blocked before the host is killed, in milliseconds. Default 10000. */
  readonly maxBlockedMs?: number
  readonly warm?: WarmUp
  /** Where `console` writes: `output` (the process, see the pool's `onHostOutput`), or `invocation` (the report of the run). Default `output`. */
  readonly logs?: 'output' | 'invocation'
  /** Whole environment of the process. Default empty: nothing is inherited. */
  readonly env?: Readonly<Record<string, string>>
  /** Flags of the `node` command. */
  readonly nodeFlags?: readonly string[]
  /** Descriptors that the host inherits as 4, 5, …, such as of a bound socket. Default none. */
  readonly descriptors?: readonly number[]
  /** Default: no permission model. */
  readonly permissions?: ProcessPermissions
}

type Optional = 'warm' | 'permissions'
export type ResolvedProcessOptions = Readonly<
  Required<Omit<ProcessEngineOptions, Optional>> & Pick<ProcessEngineOptions, Optional>
>

const defaults: Omit<ResolvedProcessOptions, 'module' | Optional> = {
  options: null,
  name: 'process',
  concurrency: 32,
  residentMb: 512,
  softLimitShare: 0.8,
  maxBlockedMs: 10_000,
  logs: 'output',
  env: {},
  nodeFlags: [],
  descriptors: [],
}

const known: ReadonlySet<string> = new Set([...Object.keys(defaults), 'module', 'warm', 'permissions'])

/** Checks every option and fills in the defaults. Throws `EK_POOL_OPTION`. */
export function resolveProcessOptions(options: ProcessEngineOptions): ResolvedProcessOptions {
  for (const name of Object.keys(options)) if (!known.has(name)) refuse(name, 'is not known', undefined)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved = Object.assign({}, defaults, given as Pick<ResolvedProcessOptions, 'module' | Optional>)
  const { concurrency, residentMb, softLimitShare, maxBlockedMs, logs, module } = resolved
  if (!isWhole(concurrency, 1, 100_000)) refuse('concurrency', 'must be a whole number from 1 to 100000', concurrency)
  if (!isWhole(residentMb, 32, 1_048_576)) refuse('residentMb', 'must be a whole number from 32 to 1048576', residentMb)
  if (!isWhole(maxBlockedMs, 500, 3_600_000))
    refuse('maxBlockedMs', 'must be a whole number from 500 to 3600000', maxBlockedMs)
  if (!(softLimitShare > 0 && softLimitShare <= 1)) refuse('softLimitShare', 'must be above 0, up to 1', softLimitShare)
  if (logs !== 'output' && logs !== 'invocation') refuse('logs', 'must be "output" or "invocation"', logs)
  if (typeof module !== 'function') moduleUrl(module)
  checkWarm(options.warm)
  return Object.freeze(resolved)
}

/** The module as a URL. Throws `EK_POOL_OPTION` when it is no absolute path and no `file:` URL. */
export function moduleUrl(module: unknown): string {
  const text = module instanceof URL ? module.href : module
  if (typeof text === 'string' && text.startsWith('file:')) return text
  if (typeof text === 'string' && isAbsolute(text)) return pathToFileURL(text).href
  return refuse('module', 'must be an absolute path or a file: URL', text)
}

function checkWarm(warm: WarmUp | undefined): void {
  if (warm === undefined) return
  if (!Array.isArray(warm.inputs) || warm.inputs.length === 0) refuse('warm.inputs', 'must not be empty', warm.inputs)
  const { rounds = 1, maxMs = 1 } = warm
  if (!isWhole(rounds, 1, 100_000)) refuse('warm.rounds', 'must be a whole number from 1 to 100000', rounds)
  if (!isWhole(maxMs, 1, 600_000)) refuse('warm.maxMs', 'must be a whole number from 1 to 600000', maxMs)
}

function isWhole(value: unknown, least: number, most: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most
}

function refuse(name: string, expectation: string, value: unknown): never {
  const received = value === undefined ? '' : `, not ${JSON.stringify(value) ?? typeof value} (${typeof value})`
  throw new PoolError('EK_POOL_OPTION', `the option "${name}" of the process engine ${expectation}${received}`)
}
