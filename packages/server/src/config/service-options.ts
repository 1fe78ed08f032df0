import { isIP } from 'node:net'
import { Type, type TSchema } from 'typebox'
import { ServerError } from '../errors/server-error.ts'

const closed = { additionalProperties: false } as const
const whole = (minimum: number, maximum: number): ReturnType<typeof Type.Integer> => Type.Integer({ minimum, maximum })

export const serviceSchemas: Readonly<Record<string, TSchema>> = {
  dataDir: Type.Optional(Type.String({ minLength: 1 })),
  maxStorageBytes: Type.Optional(whole(65_536, Number.MAX_SAFE_INTEGER)),
  projectDir: Type.Optional(Type.String({ minLength: 1 })),
  secretsKey: Type.Optional(Type.String({ minLength: 1 })),
  trustedProxies: Type.Optional(Type.Array(Type.String({ minLength: 1 }))),
  functions: Type.Optional(
    Type.Object(
      {
        maxVersions: Type.Optional(whole(1, 10_000)),
        asyncConcurrency: Type.Optional(whole(1, 1_024)),
        keepAsyncMs: Type.Optional(whole(1_000, 366 * 86_400_000)),
      },
      closed,
    ),
  ),
  history: Type.Optional(
    Type.Object(
      {
        enabled: Type.Optional(Type.Boolean()),
        keepDays: Type.Optional(whole(1, 3_660)),
        maxExecutions: Type.Optional(whole(1, 1e9)),
        keepInputs: Type.Optional(Type.Boolean()),
        keepResults: Type.Optional(Type.Boolean()),
        maxValueBytes: Type.Optional(whole(0, 16 * 1_048_576)),
      },
      closed,
    ),
  ),
}

export interface FunctionsOptions {
  /** Versions kept of each function, beside the current one and those with an alias. Default 50. */
  readonly maxVersions: number
  /** Asynchronous runs at one time. Default 4. */
  readonly asyncConcurrency: number
  /** How long the answer of an asynchronous run can be asked for, in milliseconds. Default one day. */
  readonly keepAsyncMs: number
}

export interface HistoryOptions {
  /** Default true. */
  readonly enabled: boolean
  /** Default 7. */
  readonly keepDays: number
  /** The oldest go first. Default 1,000,000, and 10,000 where all is in memory. */
  readonly maxExecutions: number
  /** Keep inputs, and the code of runs that were no stored function: what a replay needs. Default false. */
  readonly keepInputs: boolean
  /** Default false. */
  readonly keepResults: boolean
  /** A larger input or result is not kept, in bytes. Default 64 KiB. */
  readonly maxValueBytes: number
}

/** Options of what the server keeps, and of whom it believes. */
export interface ServiceOptions {
  /** Folder of the store and the key of secrets. Absent: all is in memory and gone with the process. */
  readonly dataDir?: string
  /** Size at which the store takes no more, in bytes. Default: as large as the disk lets it. */
  readonly maxStorageBytes?: number
  /** Folder whose `functions/` are deployed at start. */
  readonly projectDir?: string
  /** 32 bytes as 64 hexadecimal digits, which seal the secrets of functions. Default: a file in the data folder, made when missing. */
  readonly secretsKey?: string
  /** Addresses or ranges of proxies whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[]
  readonly functions?: Partial<FunctionsOptions>
  readonly history?: Partial<HistoryOptions>
}

export interface ResolvedServiceOptions {
  readonly dataDir: string | undefined
  readonly maxStorageBytes: number | undefined
  readonly projectDir: string | undefined
  readonly secretsKey: string | undefined
  readonly trustedProxies: readonly string[]
  readonly functions: FunctionsOptions
  readonly history: HistoryOptions
}

const defaultFunctions: FunctionsOptions = { maxVersions: 50, asyncConcurrency: 4, keepAsyncMs: 86_400_000 }

const defaultHistory: Omit<HistoryOptions, 'maxExecutions'> = {
  enabled: true,
  keepDays: 7,
  keepInputs: false,
  keepResults: false,
  maxValueBytes: 65_536,
}

/** An execution takes about a kilobyte, more with logs: on disk it costs little, in memory it is the server's own. */
const maxExecutionsOnDisk = 1_000_000
const maxExecutionsInMemory = 10_000

/** The schema was checked before; ranges and keys are checked here. Throws `EK_CONFIG_INVALID`. */
export function resolveServiceOptions(options: ServiceOptions): ResolvedServiceOptions {
  const { dataDir, maxStorageBytes, projectDir, secretsKey, trustedProxies = [] } = options
  for (const range of trustedProxies) checkRange(range)
  if (secretsKey !== undefined && !/^[0-9a-f]{64}$/i.test(secretsKey))
    throw new ServerError('EK_CONFIG_INVALID', 'the option "secretsKey" must be 64 hexadecimal digits')
  return {
    dataDir,
    maxStorageBytes,
    projectDir,
    secretsKey,
    trustedProxies: Object.freeze([...trustedProxies]),
    functions: Object.freeze({ ...defaultFunctions, ...options.functions }),
    history: Object.freeze({
      ...defaultHistory,
      maxExecutions: dataDir === undefined ? maxExecutionsInMemory : maxExecutionsOnDisk,
      ...options.history,
    }),
  }
}

function checkRange(range: string): void {
  const [address = '', bits, ...rest] = range.split('/')
  const family = isIP(address)
  const most = family === 6 ? 128 : 32
  const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most)
  if (family !== 0 && fits && rest.length === 0) return
  throw new ServerError(
    'EK_CONFIG_INVALID',
    `the option "trustedProxies" must list addresses or ranges such as 10.0.0.0/8, not ${JSON.stringify(range)}`,
  )
}
