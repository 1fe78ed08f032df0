import { Type, type TSchema } from 'typebox'

const closed = { additionalProperties: false } as const
const whole = (minimum: number, maximum: number): ReturnType<typeof Type.Integer> => Type.Integer({ minimum, maximum })

export const pagesSchema: TSchema = Type.Object(
  {
    dir: Type.Optional(Type.String({ minLength: 1 })),
    base: Type.Optional(Type.String({ pattern: '^/([\\w.~-]+/)*$' })),
    hosts: Type.Optional(whole(1, 1_024)),
    spares: Type.Optional(whole(0, 64)),
    maxQueued: Type.Optional(whole(0, 1_000_000)),
    maxQueueMs: Type.Optional(whole(1, 600_000)),
    recycle: Type.Optional(
      Type.Object({ renders: Type.Optional(whole(1, 1e9)), ageMs: Type.Optional(whole(1_000, 86_400_000)) }, closed),
    ),
    memoryMb: Type.Optional(whole(64, 65_536)),
    maxPageBytes: Type.Optional(whole(1_024, 256 * 1_048_576)),
    maxBodyBytes: Type.Optional(whole(0, 64 * 1_048_576)),
    cacheBytes: Type.Optional(whole(0, 16_384 * 1_048_576)),
    csp: Type.Optional(Type.Union([Type.Boolean(), Type.String({ minLength: 1 })])),
    earlyHints: Type.Optional(Type.Boolean()),
    dev: Type.Optional(Type.Boolean()),
  },
  closed,
)

export interface PagesOptions {
  /** Folder of the pages, below the project's. Default `pages`. */
  readonly dir?: string
  /** Path before every address, such as `/shop/`. Default `/`. */
  readonly base?: string
  /** Hosts that render, one page at a time each. Default: the usable processors. */
  readonly hosts?: number
  /** Hosts that stand by to replace one that was killed. Default 1. */
  readonly spares?: number
  /** Renders that may wait. Default 1000. */
  readonly maxQueued?: number
  /** How long a render may wait, in milliseconds. Default 2000. */
  readonly maxQueueMs?: number
  /**
   * When a host is replaced by one that is warm: after so many renders (default 20000) or at an age in milliseconds (default 30 minutes), each
   * a fifth more or less, so that hosts do not end together.
   */
  readonly recycle?: { readonly renders?: number; readonly ageMs?: number }
  /** Resident memory at which a host is killed, in MiB. Default 512. */
  readonly memoryMb?: number
  /** Size of a page, in bytes. Default 8 MiB. */
  readonly maxPageBytes?: number
  /** Size of a posted form, and of props that a backend sends, in bytes. Default 2 MiB. */
  readonly maxBodyBytes?: number
  /** Memory for kept pages, in bytes. Default 64 MiB. */
  readonly cacheBytes?: number
  /** Send a Content-Security-Policy with nonces: `true`, or the policy with `{nonce}` in it. Default false. */
  readonly csp?: boolean | string
  /** Answer `103 Early Hints` to browsers that navigate. Default false, because some proxies do not pass them on. */
  readonly earlyHints?: boolean
  /** Serve the pages as they are written: nothing is built ahead, and browsers are told of changes. Default false. */
  readonly dev?: boolean
}

type Optional = 'hosts' | 'spares' | 'maxQueued' | 'maxQueueMs' | 'recycle'

export type ResolvedPagesOptions = Readonly<Required<Omit<PagesOptions, Optional>> & Pick<PagesOptions, Optional>>

const defaults: Required<Omit<PagesOptions, Optional>> = {
  dir: 'pages',
  base: '/',
  memoryMb: 512,
  maxPageBytes: 8 * 1_048_576,
  maxBodyBytes: 2 * 1_048_576,
  cacheBytes: 64 * 1_048_576,
  csp: false,
  earlyHints: false,
  dev: false,
}

export function resolvePagesOptions(options: PagesOptions = {}): ResolvedPagesOptions {
  return Object.freeze({ ...defaults, ...options })
}
