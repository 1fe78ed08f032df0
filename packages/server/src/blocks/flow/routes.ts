import { randomUUID } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type, type TSchema } from 'typebox'
import type { ResolvedBlocksOptions } from '../../config/options.ts'
import { errorBody } from '../../errors/error-body.ts'
import { ServerError } from '../../errors/server-error.ts'
import { describeError } from '../../http/error-answers.ts'
import type { App } from '../../http/listener.ts'
import type { Answer } from '../answer.ts'
import { callerOptions } from '../caller-options.ts'
import type { ExecutionRunner } from '../executions/execution-runner.ts'
import { blockRun } from '../run-request.ts'
import { goneController } from '../send-answer.ts'
import { flowFailure, flowSuccess } from './envelope.ts'

/** Unknown fields are let through, as flow does. */
const body: TSchema = Type.Object({
  input: Type.Object({}, { additionalProperties: true }),
  codebase64: Type.String({ minLength: 1, description: 'The code in standard base64' }),
})

interface Route {
  readonly Body: { readonly input: Readonly<Record<string, unknown>>; readonly codebase64: string }
}

const schema = {
  tags: ['flow'],
  summary: 'Runs a block by the contract of flow-codeblock',
  operationId: 'flowCodeblock',
  body,
}

/** `POST /flow/codeblock`: a client of flow-codeblock changes only the address. */
export async function addFlowRoutes(app: App, runner: ExecutionRunner, options: ResolvedBlocksOptions): Promise<void> {
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', requestIdOf(request))
    })
    scope.setErrorHandler((error, request, reply) => {
      const { status, body: described, retryAfterS } = describeError(error as Error)
      if (retryAfterS !== undefined) reply.header('retry-after', retryAfterS)
      return sendFailure(reply, flowFailure(described, requestIdOf(request), { nowMs: Date.now(), status }))
    })
    const config = { scope: 'run' } as const
    const onRequest = (request: FastifyRequest, reply: FastifyReply, done: () => void): void => {
      const answer = runner.turnAway({ caller: request.caller, kind: 'flow' })
      if (answer === undefined) done()
      else sendFlow(request, reply, answer)
    }
    scope.post<Route>('/flow/codeblock', { config, schema, onRequest }, async (request, reply) => {
      const startedAtMs = performance.now()
      const { caller } = request
      const { input, codebase64 } = request.body
      const run = blockRun({ code: decoded(codebase64), input }, callerOptions(options, caller))
      const { answer } = await runner.run({ run, caller, kind: 'flow', controller: goneController(reply) })
      return sendFlow(request, reply, answer, performance.now() - startedAtMs)
    })
  })
}

function sendFlow(request: FastifyRequest, reply: FastifyReply, answer: Answer, elapsedMs: number = 0): FastifyReply {
  const times = { nowMs: Date.now(), elapsedMs, status: answer.status }
  if (answer.retryAfterS !== undefined) reply.header('retry-after', answer.retryAfterS)
  const requestId = requestIdOf(request)
  if (answer.result === undefined) return sendFailure(reply, flowFailure(answer.error ?? internal, requestId, times))
  return reply.type('application/json; charset=utf-8').send(flowSuccess(answer.result, requestId, times))
}

const internal = errorBody('EK_INTERNAL', 'InternalError', 'the server failed to answer this request')

function sendFailure(reply: FastifyReply, { status, body: text }: { status: number; body: string }): FastifyReply {
  return reply.status(status).type('application/json; charset=utf-8').send(text)
}

/** RFC 4648 §4 with padding; what does not decode to itself is refused rather than guessed. */
function decoded(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  if (bytes.toString('base64') !== base64.trim())
    throw new ServerError('EK_REQUEST_INVALID', 'the field "codebase64" is no base64')
  return bytes.toString()
}

const ids = new WeakMap<FastifyRequest, string>()

/** The caller's own id where it is short and plain, so that none can be smuggled into a log. */
function requestIdOf(request: FastifyRequest): string {
  const known = ids.get(request)
  if (known !== undefined) return known
  const given = request.headers['x-request-id']
  const id = typeof given === 'string' && /^[\w.:-]{1,128}$/.test(given) ? given : randomUUID()
  ids.set(request, id)
  return id
}
