import { Type, type TSchema } from 'typebox'

const closed = { additionalProperties: false } as const
const whole = (minimum: number, maximum: number): ReturnType<typeof Type.Integer> => Type.Integer({ minimum, maximum })
const text = (): TSchema => Type.String({ minLength: 1 })

/** By name of the app. */
export const appsSchema: TSchema = Type.Record(
  Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' }),
  Type.Object(
    {
      file: Type.Optional(text()),
      mount: Type.Optional(Type.String({ pattern: '^/([\\w.~-]+/?)*$' })),
      host: Type.Optional(Type.String({ pattern: '^[A-Za-z0-9.-]+$' })),
      instances: Type.Optional(Type.Union([whole(1, 1_024), Type.Literal('auto')])),
      reserve: Type.Optional(Type.Boolean()),
      compress: Type.Optional(Type.Boolean()),
      variables: Type.Optional(Type.Record(Type.String(), Type.String())),
      limits: Type.Optional(Type.Record(Type.String(), Type.Number())),
      maxQueued: Type.Optional(whole(0, 1_000_000)),
      maxQueueMs: Type.Optional(whole(1, 600_000)),
    },
    closed,
  ),
)

/** An app that the server mounts. */
export interface MountedAppOptions {
  /** Its file, from the project's folder. Default: the one of its name in `apps/`. */
  readonly file?: string
  /** Path before all its addresses, which the app itself does not see. Default: `/` and its name; with `host`, `/`. */
  readonly mount?: string
  /** Name of the server under which it is served. Default: every name. */
  readonly host?: string
  /** Runtimes, at most as many as usable processors. `auto` takes all. Default 1. */
  readonly instances?: number | 'auto'
  /**
   * One runtime more, which requests that compute for long never get: quick ones find it free when all others are busy. Default: with
   * more than one instance.
   */
  readonly reserve?: boolean
  /** Compresses answers that are text for clients that accept it. Default false. */
  readonly compress?: boolean
  /** Text values of the app's `env`, and environment of its processes. Nothing else is inherited but `PATH`, `HOME`, `LANG` and `TZ`. */
  readonly variables?: Readonly<Record<string, string>>
  /** As of `evenkeel run`. `maxConcurrent` is per runtime; what is above it waits. */
  readonly limits?: Readonly<Record<string, number>>
  /** Requests that may wait for a runtime. Default 1000. */
  readonly maxQueued?: number
  /** How long a request may wait for a runtime, in milliseconds. Default 5000. */
  readonly maxQueueMs?: number
}

/** By name: letters, digits, `.`, `_` and `-`. */
export type AppsOptions = Readonly<Record<string, MountedAppOptions>>
