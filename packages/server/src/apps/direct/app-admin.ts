import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { ServerError } from '../../errors/server-error.ts'
import { errorBody } from '../../errors/error-body.ts'
import { describeError } from '../../http/error-answers.ts'
import { AdminGuard } from './admin-guard.ts'
import { appMetrics } from './app-metrics.ts'
import type { DirectApp, ReloadOutcome } from './direct-app.ts'

/** Health, metrics and reload of one app, for programs on this machine and whoever has the token. */
export interface AppAdmin extends AsyncDisposable {
  readonly url: string
}

interface AdminAnswer {
  readonly status: number
  readonly body: unknown
}

/** By method and path, such as `GET /live`. What it throws is answered as an error. */
export type AdminRoutes = Readonly<Record<string, (request: IncomingMessage) => AdminAnswer | Promise<AdminAnswer>>>

export interface AppAdminOptions {
  readonly host: string
  readonly port: number
  readonly token: string | undefined
}

/** Throws `EK_PORT_TAKEN` or `EK_LISTEN`. */
export async function startAppAdmin(
  { host, port, token }: AppAdminOptions,
  app: DirectApp,
  { reload, more = {} }: { readonly reload: () => Promise<ReloadOutcome>; readonly more?: AdminRoutes },
): Promise<AppAdmin> {
  const guard = new AdminGuard(token)
  const routes: AdminRoutes = {
    'GET /live': () => ({ status: 200, body: { status: 'live' } }),
    'GET /ready': () => ({ status: app.state.ready ? 200 : 503, body: { status: readiness(app), ...app.state } }),
    'GET /metrics': async () => ({
      status: 200,
      body: appMetrics([
        { labels: {}, state: app.state, counts: await app.counts(), stats: app.generation?.pool.stats() },
      ]),
    }),
    'GET /admin/app': () => ({
      status: 200,
      body: { ...app.state, runtimes: app.generation?.pool.stats().hostList ?? [] },
    }),
    'POST /admin/reload': async () => reloadAnswer(await reload()),
    ...more,
  }
  const server = createServer((request, response) => void serveRoute(routes, guard, request, response))
  server.headersTimeout = 5_000
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', (error: NodeJS.ErrnoException) => reject(listenError(error, host, port)))
  server.listen(port, host, resolve)
  await promise
  const address = server.address() as { readonly port: number; readonly address: string; readonly family: string }
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return { url: `http://${shown}:${address.port}`, [Symbol.asyncDispose]: () => closeServer(server) }
}

function readiness({ state }: DirectApp): string {
  if (state.ready) return 'ready'
  return state.draining ? 'draining' : 'not ready'
}

function reloadAnswer(outcome: ReloadOutcome): AdminAnswer {
  if (outcome.status === 'reloaded') return { status: 200, body: outcome }
  const { code, message } = outcome.error
  return {
    status: 422,
    body: { status: 'kept', generation: outcome.generation, error: errorBody(code, 'AppError', message) },
  }
}

async function serveRoute(
  routes: AdminRoutes,
  guard: AdminGuard,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?')[0] ?? '/'
  const refusal = guard.refusalOf(request, path)
  if (refusal !== undefined) return sendError(response, refusal)
  const route = routes[`${request.method} ${path}`]
  if (route === undefined) return sendUnknown(response, routes, path)
  try {
    send(response, await route(request))
  } catch (error) {
    if (!(error instanceof ServerError)) process.emitWarning(error as Error)
    sendError(response, error as Error)
  }
}

function sendUnknown(response: ServerResponse, routes: AdminRoutes, path: string): void {
  const methods = Object.keys(routes)
    .filter((each) => each.endsWith(` ${path}`))
    .map((each) => each.split(' ')[0] ?? '')
  if (methods.length > 0) response.setHeader('allow', methods.join(', '))
  sendError(
    response,
    methods.length === 0
      ? new ServerError('EK_ROUTE_NOT_FOUND', `nothing is served at ${JSON.stringify(path)}`, { status: 404 })
      : new ServerError('EK_METHOD_NOT_ALLOWED', `${path} takes only ${methods.join(', ')}`, { status: 405 }),
  )
}

function sendError(response: ServerResponse, error: Error): void {
  const { status, body, retryAfterS } = describeError(error)
  if (status === 401) response.setHeader('www-authenticate', 'Bearer realm="evenkeel"')
  if (retryAfterS !== undefined) response.setHeader('retry-after', retryAfterS)
  send(response, { status, body: { error: body } })
}

function send(response: ServerResponse, { status, body }: AdminAnswer): void {
  // Of a body that nobody wanted.
  response.req.resume()
  const isText = typeof body === 'string'
  const text = isText ? body : JSON.stringify(body)
  const type = isText ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json'
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  })
  response.end(text)
}

function closeServer(server: ReturnType<typeof createServer>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function listenError({ code, message }: NodeJS.ErrnoException, host: string, port: number): ServerError {
  if (code !== 'EADDRINUSE') return new ServerError('EK_LISTEN', `cannot listen on ${host}:${port}: ${message}`)
  return new ServerError('EK_PORT_TAKEN', `the admin port ${port} on ${host} is in use`, {
    hint: 'Choose another with --admin-port; 0 takes a free one',
  })
}
