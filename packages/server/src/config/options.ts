import { Type, type TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { ServerError } from '../errors/server-error.ts'
import { appsSchema, type AppsOptions } from './apps-options.ts'
import { pagesSchema, resolvePagesOptions, type PagesOptions, type ResolvedPagesOptions } from './pages-options.ts'
import {
  resolveServiceOptions,
  serviceSchemas,
  type ResolvedServiceOptions,
  type ServiceOptions,
} from './service-options.ts'

const closed = { additionalProperties: false } as const
const port = (): ReturnType<typeof Type.Integer> => Type.Integer({ minimum: 0, maximum: 65_535 })
const whole = (minimum: number, maximum: number): ReturnType<typeof Type.Integer> => Type.Integer({ minimum, maximum })

const limitsSchema: TSchema = Type.Object(
  {
    wallMs: Type.Optional(whole(1, 600_000)),
    cpuMs: Type.Optional(whole(1, 600_000)),
    memoryMb: Type.Optional(whole(8, 4_096)),
    codeBytes: Type.Optional(whole(1, 16 * 1_048_576)),
    inputBytes: Type.Optional(whole(1, 32 * 1_048_576)),
    outputBytes: Type.Optional(whole(1, 32 * 1_048_576)),
    logBytes: Type.Optional(whole(0, 16 * 1_048_576)),
    subrequests: Type.Optional(whole(0, 1_000)),
  },
  closed,
)

const egressSchema: TSchema = Type.Object(
  {
    hosts: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    addresses: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
    maxResponseBytes: Type.Optional(whole(0, 32 * 1_048_576)),
    maxRequestBytes: Type.Optional(whole(0, 32 * 1_048_576)),
    timeoutMs: Type.Optional(whole(1, 600_000)),
    maxRedirects: Type.Optional(whole(0, 100)),
  },
  closed,
)

const optionsSchema: TSchema = Type.Object(
  {
    host: Type.Optional(Type.String({ minLength: 1 })),
    port: Type.Optional(port()),
    adminHost: Type.Optional(Type.String({ minLength: 1 })),
    adminPort: Type.Optional(port()),
    allowAnonymous: Type.Optional(Type.Boolean()),
    drainMs: Type.Optional(whole(0, 600_000)),
    ...serviceSchemas,
    pages: Type.Optional(pagesSchema),
    apps: Type.Optional(appsSchema),
    blocks: Type.Optional(
      Type.Object(
        {
          hosts: Type.Optional(whole(1, 1_024)),
          spares: Type.Optional(whole(0, 64)),
          maxQueued: Type.Optional(whole(0, 1_000_000)),
          maxQueueMs: Type.Optional(whole(1, 600_000)),
          queueTargetMs: Type.Optional(whole(1, 600_000)),
          burstMs: Type.Optional(whole(0, 600_000)),
          limits: Type.Optional(limitsSchema),
          maxLimits: Type.Optional(limitsSchema),
          egress: Type.Optional(egressSchema),
          modules: Type.Optional(Type.Array(Type.String({ minLength: 1, pattern: '^[^./]' }))),
          moduleRoot: Type.Optional(Type.String({ minLength: 1 })),
        },
        closed,
      ),
    ),
  },
  closed,
)

/** Limits of one run of a block. */
export interface BlockLimits {
  /** Default 5000, maximum by default 30000. */
  readonly wallMs: number
  /** Default 1000, maximum by default 10000. */
  readonly cpuMs: number
  /** Default and maximum by default 128. */
  readonly memoryMb: number
  /** Default 64 KiB, maximum by default 256 KiB. */
  readonly codeBytes: number
  /** Default 2 MiB. */
  readonly inputBytes: number
  /** Default 5 MiB. */
  readonly outputBytes: number
  /** Default 256 KiB. */
  readonly logBytes: number
  /** Requests to other hosts. Default 20, maximum by default 100. */
  readonly subrequests: number
}

/** What blocks may reach, and how much they may move. */
export interface EgressOptions {
  /** Hosts that may be reached: `api.example.com`, or `*.example.com` for all below. Default: every public host. */
  readonly hosts?: readonly string[]
  /** Ranges such as `10.1.0.0/16` that may be reached although they are not public. Default none. */
  readonly addresses?: readonly string[]
  /** Of one response, after decoding. Default 10 MiB. */
  readonly maxResponseBytes?: number
  /** Of one request. Default 10 MiB. */
  readonly maxRequestBytes?: number
  /** For one request with its redirects, in milliseconds. Default 30000. */
  readonly timeoutMs?: number
  /** Default 20, as in the Fetch standard. */
  readonly maxRedirects?: number
}

export type { AppsOptions, MountedAppOptions } from './apps-options.ts'
export type { PagesOptions } from './pages-options.ts'
export type { FunctionsOptions, HistoryOptions } from './service-options.ts'

export interface BlocksOptions {
  /** Host processes that run blocks. Default: the usable processors. */
  readonly hosts?: number
  /** Hosts that stand by to replace one that was killed. Default 1. */
  readonly spares?: number
  /** Runs that may wait. Default 1000. */
  readonly maxQueued?: number
  /** How long a run may wait, in milliseconds. Default 2000. */
  readonly maxQueueMs?: number
  /** How long a run should wait at most while more comes than can be served, in milliseconds. Default 300. */
  readonly queueTargetMs?: number
  /** How long more may come than can be served before it counts as such, in milliseconds; until then a run may wait for `maxQueueMs`. Default 100. */
  readonly burstMs?: number
  /** What a run may use when it does not say. */
  readonly limits?: Partial<BlockLimits>
  /** What a run may ask for. */
  readonly maxLimits?: Partial<BlockLimits>
  /** What blocks may reach. Default: every public address. */
  readonly egress?: EgressOptions
  /** npm packages that blocks may load besides those of the server. Needs the package `esbuild`. Default none. */
  readonly modules?: readonly string[]
  /** Folder whose `node_modules` has them. Default: the working directory. */
  readonly moduleRoot?: string
}

/** Options of the server, from flags, environment and config file. */
export interface ServerOptions extends ServiceOptions {
  /** Address of the public listener. Default 127.0.0.1. */
  readonly host?: string
  /** Default 3000; 0 takes a free one. */
  readonly port?: number
  /** Address of the admin listener. Default 127.0.0.1. */
  readonly adminHost?: string
  /** Default 3001; 0 takes a free one. */
  readonly adminPort?: number
  /** Serve callers without a token: `true` everybody, `false` nobody. Default: programs on this machine. */
  readonly allowAnonymous?: boolean
  /** How long running work may go on after the signal to stop, in milliseconds. Default 10000. */
  readonly drainMs?: number
  readonly blocks?: BlocksOptions
  /** Pages of the project's `pages/` folder. */
  readonly pages?: PagesOptions
  /** Apps by name, besides those of the project's `apps/` folder, or how those are served. */
  readonly apps?: AppsOptions
}

export interface ResolvedServerOptions extends ResolvedServiceOptions {
  readonly host: string
  readonly port: number
  readonly adminHost: string
  readonly adminPort: number
  readonly anonymous: 'loopback' | 'everyone' | 'nobody'
  readonly drainMs: number
  readonly blocks: ResolvedBlocksOptions
  readonly pages: ResolvedPagesOptions
  /** Unchecked but for its shape: `resolveApps` does the rest. */
  readonly apps: AppsOptions
}

export interface ResolvedBlocksOptions {
  /** Pool options that were given; the pool has its own defaults. */
  readonly pool: Pick<BlocksOptions, 'hosts' | 'spares' | 'maxQueued' | 'maxQueueMs' | 'queueTargetMs' | 'burstMs'>
  readonly limits: BlockLimits
  readonly maxLimits: BlockLimits
  /** Unchecked but for its shape: `resolveEgressPolicy` does the rest. */
  readonly egress: EgressOptions
  readonly modules: readonly string[]
  readonly moduleRoot: string
}

const defaultLimits: BlockLimits = {
  wallMs: 5_000,
  cpuMs: 1_000,
  memoryMb: 128,
  codeBytes: 64 * 1024,
  inputBytes: 2 * 1_048_576,
  outputBytes: 5 * 1_048_576,
  logBytes: 256 * 1024,
  subrequests: 20,
}

const defaultMaxLimits: BlockLimits = {
  ...defaultLimits,
  wallMs: 30_000,
  cpuMs: 10_000,
  codeBytes: 256 * 1024,
  subrequests: 100,
}

const validator = Compile(optionsSchema)

/** Checks every option and fills in the defaults. Throws `EK_CONFIG_INVALID` with the name of the option and what was expected. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  if (!validator.Check(options)) throw invalidOption(options)
  const { host = '127.0.0.1', adminHost = '127.0.0.1' } = options
  const { port: publicPort = 3_000, adminPort = 3_001, drainMs = 10_000 } = options
  return Object.freeze({
    host,
    port: publicPort,
    adminHost,
    adminPort,
    anonymous: anonymousPolicy(options.allowAnonymous),
    drainMs,
    ...resolveServiceOptions(options),
    pages: resolvePagesOptions(options.pages),
    apps: options.apps ?? {},
    blocks: resolveBlocks(options.blocks ?? {}),
  })
}

function resolveBlocks(options: BlocksOptions): ResolvedBlocksOptions {
  const { limits, maxLimits, egress = {}, modules = [], moduleRoot = process.cwd(), ...pool } = options
  const most = { ...defaultMaxLimits, ...maxLimits }
  const normal = { ...lowerOf(defaultLimits, most), ...limits }
  for (const name of Object.keys(normal) as (keyof BlockLimits)[]) {
    if (normal[name] <= most[name]) continue
    throw new ServerError(
      'EK_CONFIG_INVALID',
      `the default "blocks.limits.${name}" is ${normal[name]}, above the maximum ${most[name]}`,
    )
  }
  return Object.freeze({
    pool,
    egress,
    modules,
    moduleRoot,
    limits: Object.freeze(normal),
    maxLimits: Object.freeze(most),
  })
}

function lowerOf(first: BlockLimits, second: BlockLimits): BlockLimits {
  const names = Object.keys(first) as (keyof BlockLimits)[]
  return Object.fromEntries(names.map((name) => [name, Math.min(first[name], second[name])])) as unknown as BlockLimits
}

function invalidOption(options: unknown): ServerError {
  const problems = validator.Errors(options)
  // Where an option is not known, that is the reason, whatever else is said of its value.
  const problem = problems.find(({ keyword }) => keyword === 'additionalProperties') ?? problems[0]
  const path = (problem?.instancePath ?? '').slice(1).replaceAll('/', '.')
  const extra = (problem?.params as { additionalProperties?: string[] } | undefined)?.additionalProperties
  if (extra !== undefined) {
    const name = [path, extra[0]].filter((part) => part !== '').join('.')
    return new ServerError('EK_CONFIG_INVALID', `there is no option "${name}"`)
  }
  const value = path
    .split('.')
    .reduce<unknown>((holder, key) => (holder as Record<string, unknown> | undefined)?.[key], options)
  return new ServerError(
    'EK_CONFIG_INVALID',
    `the option "${path}" ${problem?.message ?? 'is invalid'}, not ${JSON.stringify(value)}`,
  )
}

function anonymousPolicy(allowed: boolean | undefined): ResolvedServerOptions['anonymous'] {
  if (allowed === undefined) return 'loopback'
  return allowed ? 'everyone' : 'nobody'
}
