import Fastify, { type FastifyInstance } from 'fastify'
import { ServerError } from '../errors/server-error.ts'
import { answerError, answerNotFound } from './error-answers.ts'

export type App = FastifyInstance

export interface ListenerOptions {
  readonly maxBodyBytes: number
  /** Addresses or ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
}

/** How long a client may take to send the head and the whole of a request, in milliseconds: slow senders cost a socket, not more. */
const headersTimeoutMs = 10_000
const requestTimeoutMs = 60_000
const keepAliveTimeoutMs = 72_000

/** An HTTP listener with our error shape and limits. Not listening yet. */
export function createListener(options: ListenerOptions): App {
  const app = Fastify({
    logger: false,
    bodyLimit: options.maxBodyBytes,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveTimeoutMs,
    forceCloseConnections: 'idle',
    // What comes in on an open connection is answered by whoever is asked, as long as they can.
    return503OnClosing: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
    routerOptions: { ignoreTrailingSlash: false },
  })
  app.server.headersTimeout = headersTimeoutMs
  app.removeContentTypeParser('text/plain')
  app.setErrorHandler(answerError)
  // Response schemas describe answers for the OpenAPI document; they must not cut fields out of them.
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.setNotFoundHandler(answerNotFound)
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (_request, reply) => {
    reply.header('x-content-type-options', 'nosniff')
    // A connection that answered while the server was closing would be idle, and stay open, after the idle ones were closed.
    if (closing) reply.header('connection', 'close')
  })
  return app
}

/** Listens and returns the URL. Throws `EK_PORT_TAKEN` or `EK_LISTEN`. */
export async function listen(app: App, host: string, port: number): Promise<string> {
  try {
    return await app.listen({ host, port })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new ServerError('EK_PORT_TAKEN', `port ${port} on ${host} is in use`, {
        hint: 'Stop the other program, or choose another port',
      })
    }
    throw new ServerError('EK_LISTEN', `cannot listen on ${host}:${port}: ${message}`)
  }
}
