import { Type, type TSchema } from 'typebox'
import { hostPattern } from '../config/host-pattern.ts'

/** What a token may use. Absent means unlimited, apart from the server's own limits. */
export interface TokenLimits {
  readonly rate?: RateLimit
  /** Runs at one time. */
  readonly concurrency?: number
  readonly quota?: Quota
  /** The most a single run may ask for; never above the server's maximum. */
  readonly run?: {
    readonly wallMs?: number
    readonly cpuMs?: number
    readonly memoryMb?: number
    readonly subrequests?: number
  }
  /** Hosts that its runs may send requests to, within what the server allows: `api.example.com`, or `*.example.com` for all below. */
  readonly egress?: readonly string[]
}

/** A token bucket: `burst` runs at once, refilled at `runs` per `windowMs`. */
export interface RateLimit {
  readonly runs: number
  readonly windowMs: number
  /** Default `runs`. */
  readonly burst?: number
}

/** Runs and processor time in a calendar period of UTC; `total` never starts anew. */
export interface Quota {
  readonly period: 'day' | 'month' | 'total'
  readonly runs?: number
  readonly cpuMs?: number
}

const closed = { additionalProperties: false } as const
const positive = (maximum: number): ReturnType<typeof Type.Integer> => Type.Integer({ minimum: 1, maximum })

export const tokenLimitsSchema: TSchema = Type.Object(
  {
    rate: Type.Optional(
      Type.Object({ runs: positive(1e9), windowMs: positive(86_400_000), burst: Type.Optional(positive(1e9)) }, closed),
    ),
    concurrency: Type.Optional(positive(1e6)),
    quota: Type.Optional(
      Type.Object(
        {
          period: Type.Enum(['day', 'month', 'total']),
          runs: Type.Optional(positive(1e12)),
          cpuMs: Type.Optional(positive(1e12)),
        },
        closed,
      ),
    ),
    run: Type.Optional(
      Type.Object(
        {
          wallMs: Type.Optional(positive(600_000)),
          cpuMs: Type.Optional(positive(600_000)),
          memoryMb: Type.Optional(Type.Integer({ minimum: 8, maximum: 4_096 })),
          subrequests: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e6 })),
        },
        closed,
      ),
    ),
    egress: Type.Optional(Type.Array(Type.String({ maxLength: 255, pattern: hostPattern }), { maxItems: 256 })),
  },
  closed,
)

/** The calendar period that a moment lies in, as the store names it. */
export function periodOf(period: Quota['period'], nowMs: number): string {
  const iso = new Date(nowMs).toISOString()
  if (period === 'total') return 'total'
  return period === 'month' ? iso.slice(0, 7) : iso.slice(0, 10)
}

/** Until the next period starts, in milliseconds; undefined when there is none. */
export function periodEndsInMs(period: Quota['period'], nowMs: number): number | undefined {
  const now = new Date(nowMs)
  if (period === 'total') return undefined
  const [year, month, day] = [now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate()]
  return (period === 'month' ? Date.UTC(year, month + 1, 1) : Date.UTC(year, month, day + 1)) - nowMs
}
