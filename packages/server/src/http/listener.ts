import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { ServerError } from '../errors/server-error.ts'
import { answerError, answerNotFound } from './error-answers.ts'

export type App = FastifyInstance

export interface ListenerOptions {
  readonly maxBodyBytes: number
  /** Addresses or ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[]
  /** Sees every request before the routes do, and may take it. */
  readonly front?: ListenerFront
}

/** Takes what is not for the routes of a listener. */
export interface ListenerFront {
  handles(request: IncomingMessage): boolean
  /** Says whether it took the request. */
  request(request: IncomingMessage, response: ServerResponse): boolean
  /** Only of what it handles. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
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
    ...(options.front === undefined ? {} : { serverFactory: serverWith(options.front) }),
    forceCloseConnections: 'idle',
    // What comes in on an open connection is answered by whoever is asked, as long as they can.
    return503OnClosing: false,
    trustProxy: options.trustedProxies.length === 0 ? false : [...options.trustedProxies],
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: false, allErrors: false } },
    routerOptions: { ignoreTrailingSlash: false },
  })
  app.server.headersTimeout = headersTimeoutMs
  app.removeContentTypeParser('text/plain')
  parseJson(app)
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

/** As Fastify does, but for routes that take no body: clients that send the type of one with every request are none the worse. */
function parseJson(app: App): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeContentTypeParser('application/json')
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const isUnwanted = body === '' && request.routeOptions.schema?.body === undefined
    if (isUnwanted) return done(null, undefined)
    return parse(request, body as string, done)
  })
}

type ServerFactory = (handler: (request: IncomingMessage, response: ServerResponse) => void) => Server

function serverWith(front: ListenerFront): ServerFactory {
  return (handler) => {
    const server = createServer({
      keepAliveTimeout: keepAliveTimeoutMs,
      requestTimeout: requestTimeoutMs,
      // The offer to change the protocol is no reason to refuse a request: what nobody takes up is ignored (RFC 9110 §7.8).
      shouldUpgradeCallback: (request) => isWebSocket(request) && (front.handles(request) || hasOthers()),
    })
    server.on('request', (request, response) => {
      if (!front.request(request, response)) handler(request, response)
    })
    server.on('upgrade', (request, socket, head) => {
      if (front.handles(request)) front.upgrade(request, socket, head)
      else if (!hasOthers()) socket.destroy()
    })
    // Such as the bundler of pages in development, which tells browsers of changes.
    const hasOthers = (): boolean => server.listenerCount('upgrade') > 1
    return server
  }
}

function isWebSocket({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket'
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
