import { Type, type TSchema } from 'typebox'
import { serverErrorCodes } from '../errors/codes.ts'

/** Schemas of answers, for the OpenAPI document only. */
export const errorAnswerSchema: TSchema = Type.Object({
  error: Type.Object({
    type: Type.String({
      description: 'The JavaScript class for errors of the code itself; otherwise the kind of failure',
    }),
    code: Type.Enum(Object.keys(serverErrorCodes)),
    message: Type.String(),
    fault: Type.Enum(['caller', 'system']),
    retryable: Type.Boolean(),
    line: Type.Optional(Type.Integer()),
    column: Type.Optional(Type.Integer()),
    stack: Type.Optional(Type.String()),
    hint: Type.Optional(Type.String()),
  }),
})

const logs: TSchema = Type.Array(
  Type.Object({
    level: Type.Enum(['debug', 'info', 'log', 'warn', 'error']),
    message: Type.String(),
    atMs: Type.Number({ description: 'Since the start of the run' }),
  }),
)

const runAnswerSchema: TSchema = Type.Object({
  id: Type.String(),
  result: Type.Unknown(),
  logs,
  logsTruncated: Type.Optional(Type.Boolean()),
  warnings: Type.Array(Type.Object({ code: Type.String(), message: Type.String() })),
  usage: Type.Object({
    queueMs: Type.Number(),
    wallMs: Type.Number(),
    cpuMs: Type.Number(),
    peakHeapBytes: Type.Integer(),
    subrequests: Type.Integer(),
    start: Type.Enum(['warm', 'cold']),
  }),
})

/** Answers of every route that runs something. */
export const runAnswers: Readonly<Record<string, TSchema>> = {
  200: runAnswerSchema,
  '4xx': errorAnswerSchema,
  '5xx': errorAnswerSchema,
}
