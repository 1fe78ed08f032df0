import type { ResolvedBlocksOptions } from '../config/options.ts'
import type { App } from '../http/listener.ts'
import { refuseOtherMethods } from '../http/method-not-allowed.ts'
import { runAnswers } from './answer-schemas.ts'
import { callerOptions } from './caller-options.ts'
import type { ExecutionRunner } from './executions/execution-runner.ts'
import { blockRun, runRequestSchema, type RunRequestBody } from './run-request.ts'
import { goneController, sendAnswer } from './send-answer.ts'
import { turnAway } from './turn-away.ts'

const schema = {
  tags: ['run'],
  summary: 'Runs a block',
  operationId: 'run',
  body: runRequestSchema,
  response: runAnswers,
}

export function addBlockRoutes(app: App, runner: ExecutionRunner, options: ResolvedBlocksOptions): void {
  const onRequest = turnAway(runner, () => ({ kind: 'run' }))
  app.post<{ Body: RunRequestBody }>(
    '/v1/run',
    { config: { scope: 'run' }, schema, onRequest },
    async (request, reply) => {
      const { caller } = request
      const run = blockRun(request.body, callerOptions(options, caller))
      const { answer } = await runner.run({ run, caller, kind: 'run', controller: goneController(reply) })
      return sendAnswer(reply, answer)
    },
  )
  refuseOtherMethods(app, '/v1/run', ['POST'])
}
