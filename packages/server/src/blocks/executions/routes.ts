import { Type, type TSchema } from 'typebox'
import type { App } from '../../http/listener.ts'
import { refuseOtherMethods } from '../../http/method-not-allowed.ts'
import { wordedPattern } from '../../config/worded-pattern.ts'
import type { ExecutionKind, ExecutionStatus } from '../../storage/executions-store.ts'
import { errorAnswerSchema, runAnswers } from '../answer-schemas.ts'
import { goneController, sendAnswer } from '../send-answer.ts'
import type { ExecutionService } from './execution-service.ts'

const closed = { additionalProperties: false } as const
const tags = ['executions']
const read = { config: { scope: 'executions:read' } } as const
const write = { config: { scope: 'executions:write' } } as const
const response = { '4xx': errorAnswerSchema }
const moment = (): TSchema => Type.Optional(Type.String({ format: 'date-time' }))

const limitPattern = wordedPattern('^([1-9][0-9]?|[1-4][0-9][0-9]|500)$', 'must be a whole number from 1 to 500')

const querystring: TSchema = Type.Object(
  {
    function: Type.Optional(Type.String()),
    kind: Type.Optional(Type.Enum(['run', 'invoke', 'webhook', 'async', 'schedule', 'flow', 'replay'])),
    status: Type.Optional(Type.Enum(['succeeded', 'failed', 'refused', 'cancelled'])),
    code: Type.Optional(Type.String({ description: 'Code of the error' })),
    since: moment(),
    until: moment(),
    limit: Type.Optional(Type.String({ pattern: limitPattern })),
    cursor: Type.Optional(Type.String({ maxLength: 200 })),
  },
  closed,
)

interface Query {
  readonly function?: string
  readonly kind?: ExecutionKind
  readonly status?: ExecutionStatus
  readonly code?: string
  readonly since?: string
  readonly until?: string
  readonly limit?: string
  readonly cursor?: string
}

interface ById {
  readonly Params: { readonly id: string }
}

/** `/v1/executions`: what has run and what runs. */
export function addExecutionRoutes(app: App, service: ExecutionService): void {
  const list = {
    tags,
    summary: 'Lists executions, the newest first',
    operationId: 'listExecutions',
    querystring,
    response,
  }
  app.get<{ Querystring: Query }>('/v1/executions', { ...read, schema: list }, ({ query, caller }) =>
    service.list(storeQuery(query), caller),
  )
  refuseOtherMethods(app, '/v1/executions', ['GET'])
  const get = { tags, summary: 'Shows an execution with its logs', operationId: 'getExecution', response }
  app.get<ById>('/v1/executions/:id', { ...read, schema: get }, ({ params, caller }) => service.get(params.id, caller))
  const cancel = { tags, summary: 'Cancels an execution', operationId: 'cancelExecution', response }
  app.delete<ById>('/v1/executions/:id', { ...write, schema: cancel }, ({ params, caller }) =>
    service.cancel(params.id, caller),
  )
  refuseOtherMethods(app, '/v1/executions/:id', ['GET', 'DELETE'])
  const replay = {
    tags,
    summary: 'Runs it again with the input that was kept',
    operationId: 'replayExecution',
    response: runAnswers,
  }
  app.post<ById>('/v1/executions/:id/replay', { ...write, schema: replay }, async ({ params, caller }, reply) => {
    const { answer } = await service.replay(params.id, caller, goneController(reply))
    return sendAnswer(reply, answer)
  })
  refuseOtherMethods(app, '/v1/executions/:id/replay', ['POST'])
}

function storeQuery(query: Query): Parameters<ExecutionService['list']>[0] {
  const { function: functionName, kind, status, code: errorCode, since, until, cursor, limit = '50' } = query
  const filters = {
    functionName,
    kind,
    status,
    errorCode,
    cursor,
    sinceMs: since === undefined ? undefined : Date.parse(since),
    untilMs: until === undefined ? undefined : Date.parse(until),
  }
  const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined))
  return { ...given, limit: Number(limit) }
}
