import type { FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { App } from '../../http/listener.ts'
import { refuseOtherMethods } from '../../http/method-not-allowed.ts'
import { ServerError } from '../../errors/server-error.ts'
import { runAnswers } from '../answer-schemas.ts'
import type { AsyncInvocations, RetryPolicy } from '../jobs/async-invocations.ts'
import type { ExecutionRunner } from '../executions/execution-runner.ts'
import { goneController, sendAnswer } from '../send-answer.ts'
import { turnAway } from '../turn-away.ts'
import type { FunctionInvoker } from './function-invoker.ts'
import { functionNamePattern } from './function-spec.ts'

const closed = { additionalProperties: false } as const

const body: TSchema = Type.Object(
  {
    input: Type.Optional(Type.Unknown()),
    retry: Type.Optional(
      Type.Object(
        {
          attempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 20 })),
          backoffMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_600_000 })),
        },
        {
          ...closed,
          description:
            'Asynchronous only: try again whatever the failure. Without it, only failures of the server are tried again',
        },
      ),
    ),
    idempotencyKey: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description: 'Asynchronous only; also the header `Idempotency-Key`',
      }),
    ),
  },
  closed,
)

const schema = {
  tags: ['functions'],
  summary: 'Calls a function, and with `mode=async` does not wait for it',
  operationId: 'invoke',
  params: Type.Object({ name: Type.String({ pattern: functionNamePattern }) }),
  querystring: Type.Object(
    {
      mode: Type.Optional(Type.Enum(['sync', 'async'])),
      version: Type.Optional(Type.String({ description: 'A number or an alias' })),
    },
    closed,
  ),
  body,
  response: { ...runAnswers, 202: Type.Object({ id: Type.String(), status: Type.String() }) },
}

interface Route {
  readonly Params: { readonly name: string }
  readonly Querystring: { readonly mode?: 'sync' | 'async'; readonly version?: string }
  readonly Body: { readonly input?: unknown; readonly retry?: RetryPolicy; readonly idempotencyKey?: string }
}

export interface InvokeParts {
  readonly invoker: FunctionInvoker
  readonly jobs: AsyncInvocations
  readonly runner: ExecutionRunner
}

export function addInvokeRoutes(app: App, { invoker, jobs, runner }: InvokeParts): void {
  const path = '/v1/functions/:name/invoke'
  const onRequest = turnAway(runner, runNow)
  app.post<Route>(path, { config: { scope: 'invoke' }, schema, onRequest }, async (request, reply) => {
    const { params, query, caller, ip: address } = request
    const { input = {}, retry, idempotencyKey = headerKey(request.headers['idempotency-key']) } = request.body
    const call = { name: params.name, ref: query.version ?? '', input, caller, address }
    if (query.mode === 'async') {
      const { id, status, isNew } = await jobs.submit({ ...call, kind: 'async', retry, idempotencyKey })
      return reply.status(202).header('location', `/v1/executions/${id}`).send({ id, status, duplicate: !isNew })
    }
    if (retry !== undefined || request.body.idempotencyKey !== undefined)
      throw new ServerError('EK_REQUEST_INVALID', 'the fields "retry" and "idempotencyKey" need "?mode=async"')
    const { answer } = await invoker.invoke({ ...call, kind: 'invoke', controller: goneController(reply) })
    return sendAnswer(reply, answer)
  })
  refuseOtherMethods(app, path, ['POST'])
}

const isFunctionName = new RegExp(functionNamePattern)

/** One in the background waits in a queue of its own. */
function runNow({ params, query }: FastifyRequest): { kind: 'invoke'; functionName?: string } | undefined {
  const { name } = params as Route['Params']
  if ((query as Route['Querystring']).mode === 'async') return undefined
  return isFunctionName.test(name) ? { kind: 'invoke', functionName: name } : { kind: 'invoke' }
}

function headerKey(header: string | string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header === '') return undefined
  if (header.length > 200)
    throw new ServerError('EK_REQUEST_INVALID', 'the header "Idempotency-Key" has more than 200 characters')
  return header
}
