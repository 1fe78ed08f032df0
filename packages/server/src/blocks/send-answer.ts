import type { FastifyReply } from 'fastify'
import type { Answer } from './answer.ts'

/** Aborted when the connection closes before the answer is sent. */
export function goneController(reply: FastifyReply): AbortController {
  const controller = new AbortController()
  reply.raw.once('close', () => {
    if (!reply.raw.writableEnded) controller.abort()
  })
  return controller
}

export function sendAnswer(reply: FastifyReply, answer: Answer): FastifyReply {
  if (answer.retryAfterS !== undefined) reply.header('retry-after', answer.retryAfterS)
  reply.header('server-timing', answer.serverTiming)
  return reply.status(answer.status).type('application/json; charset=utf-8').send(answer.body)
}
