import { Type, type TSchema } from 'typebox'
import type { BindingConfig } from './binding-config.ts'

const whole = (minimum: number, maximum: number): TSchema => Type.Optional(Type.Integer({ minimum, maximum }))
const text = (options: { pattern?: string } = {}): TSchema => Type.String({ minLength: 1, ...options })
const closed = (properties: Record<string, TSchema>): TSchema =>
  Type.Object(properties, { additionalProperties: false })
const oneOf = (...values: string[]): TSchema => Type.Enum(values)

const variable = '^[A-Za-z_][A-Za-z0-9_]*$'
const redisUrl = '^rediss?://.+$'
const timeMs = whole(1, 86_400_000)
const sizeBytes = whole(1, Number.MAX_SAFE_INTEGER)
const place = (pattern: string): Record<string, TSchema> => ({
  url: Type.Optional(text({ pattern })),
  urlFromEnv: Type.Optional(text({ pattern: variable })),
})

/** For each type of binding. */
export const bindingSchemas: Readonly<Record<BindingConfig['type'], TSchema>> = {
  kv: closed({ type: text(), ...place(redisUrl), maxValueBytes: whole(1, 64 * 1_048_576) }),
  counter: closed({ type: text(), ...place(redisUrl) }),
  cache: closed({ type: text(), maxBytes: whole(1_024, 64 * 1_073_741_824), ttlMs: timeMs }),
  sqlite: closed({
    type: text(),
    path: Type.Optional(text()),
    migrations: Type.Optional(text()),
    busyTimeoutMs: whole(0, 60_000),
  }),
  redis: closed({ type: text(), ...place(redisUrl), required: Type.Optional(Type.Boolean()), timeoutMs: timeMs }),
  postgres: closed({
    type: text(),
    ...place('^postgres(ql)?://.+$'),
    max: whole(1, 1_000),
    required: Type.Optional(Type.Boolean()),
    connectTimeoutMs: timeMs,
    statementTimeoutMs: timeMs,
  }),
  secret: closed({ type: text(), fromEnv: text({ pattern: variable }) }),
  app: closed({ type: text(), name: text() }),
  batch: closed({
    type: text(),
    destination: Type.Unknown(),
    maxEvents: sizeBytes,
    maxBytes: sizeBytes,
    maxAgeMs: timeMs,
    buffer: Type.Optional(
      closed({
        maxEvents: sizeBytes,
        maxBytes: sizeBytes,
        whenFull: Type.Optional(oneOf('block', 'drop-newest', 'drop-oldest', 'spill')),
      }),
    ),
    spill: Type.Optional(closed({ mode: Type.Optional(oneOf('overflow', 'wal')), maxBytes: sizeBytes })),
    closeDeadlineMs: timeMs,
  }),
}

/** For each type of destination of a batch binding. */
export const destinationSchemas: Readonly<Record<string, TSchema>> = {
  http: closed({
    type: text(),
    url: text({ pattern: '^https?://.+$' }),
    headers: Type.Optional(Type.Record(Type.String(), Type.String())),
    headersFromEnv: Type.Optional(Type.Record(Type.String(), text({ pattern: variable }))),
    format: Type.Optional(oneOf('ndjson', 'json-array')),
  }),
  redis: closed({ type: text(), ...place(redisUrl), stream: text() }),
  file: closed({ type: text(), path: text(), rotateBytes: sizeBytes }),
  stdout: closed({ type: text() }),
}
