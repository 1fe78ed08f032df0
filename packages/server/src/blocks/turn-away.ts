import type { FastifyReply, FastifyRequest } from 'fastify'
import type { ExecutionRunner, TurnedAway } from './executions/execution-runner.ts'
import { sendAnswer } from './send-answer.ts'

/** A hook for `onRequest`: refuses a run that there is no room for before the body of its request is read. */
export function turnAway(
  runner: ExecutionRunner,
  runOf: (request: FastifyRequest) => Omit<TurnedAway, 'caller'> | undefined,
): (request: FastifyRequest, reply: FastifyReply, done: () => void) => void {
  return (request, reply, done) => {
    const run = runOf(request)
    const answer = run && runner.turnAway({ ...run, caller: request.caller })
    if (answer === undefined) done()
    else sendAnswer(reply, answer)
  }
}
