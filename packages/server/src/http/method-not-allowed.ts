import type { App } from './listener.ts'
import { errorBody } from '../errors/error-body.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** Answers every other method of a path with 405 and `Allow` (RFC 9110 §15.5.6). */
export function refuseOtherMethods(app: App, path: string, allowed: readonly string[]): void {
  const others = methods.filter(
    (method) => !allowed.includes(method) && !(method === 'HEAD' && allowed.includes('GET')),
  )
  const allow = allowed.join(', ')
  app.route({
    method: [...others],
    url: path,
    schema: { hide: true },
    handler: (request, reply) => {
      const message = `${path} does not take ${request.method}, only ${allow}`
      return reply
        .status(405)
        .header('allow', allow)
        .send({ error: errorBody('EK_METHOD_NOT_ALLOWED', 'MethodError', message) })
    },
  })
}
