import { realpathSync } from 'node:fs'
import { ServerError } from '../../errors/server-error.ts'
import { staticFiles, type StaticFiles, type StaticFilesOptions } from '../static/static-files.host.ts'
import { CompatRequest } from './compat-request.ts'
import { CompatResponse } from './compat-response.ts'
import { CompatSockets, type SocketRoute } from './compat-sockets.ts'
import type {
  CompatErrorHandler,
  CompatHandler,
  CompatMiddleware,
  CompatOptions,
  SocketHandler,
} from './compat-types.ts'
import { announce, expectApp } from './listening.ts'
import { readBody } from './read-body.ts'
import { Routes, type Match } from './routes.ts'
import { runHandlers } from './run-handlers.ts'

type Handlers = readonly CompatMiddleware[]

/** What is needed of the context of a request. */
interface Context {
  readonly remoteAddress?: string | undefined
}

const defaultMaxBodyBytes = 10 * 1_048_576

/**
 * An app of handlers `(req, res)`. It is what Evenkeel runs: `export default app`, or `app.listen(…)` as the last call.
 *
 * @example
 * import { createServer } from 'evenkeel/compat'
 * const app = createServer()
 * app.get('/hello/:name', (req, res) => res.json({ hello: req.params.name }))
 * app.listen('3000')
 */
export class CompatApp {
  readonly #options: { readonly maxBodyBytes: number; readonly strict: boolean; readonly fileRoot: string }
  readonly #routes = new Routes<Handlers>()
  readonly #socketRoutes = new Routes<SocketRoute>()
  readonly #middleware: { readonly prefix: string; readonly layer: CompatMiddleware }[] = []
  readonly #statics: StaticFiles[] = []
  /** WebSockets of the app. Evenkeel calls these hooks. */
  readonly websocket: CompatSockets = new CompatSockets(this.#socketRoutes)
  #isClosed = false

  constructor(options: CompatOptions | null = {}) {
    const { maxBodyBytes = defaultMaxBodyBytes, strict = false, fileRoot = process.cwd() } = options ?? {}
    if (!Number.isSafeInteger(maxBodyBytes) || maxBodyBytes < 0)
      throw new ServerError(
        'EK_CONFIG_INVALID',
        `the option "maxBodyBytes" must be a whole number, not ${String(maxBodyBytes)}`,
      )
    this.#options = { maxBodyBytes, strict, fileRoot: realpathSync(fileRoot) }
    expectApp()
  }

  get(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('GET', path, ...handlers)
  }

  post(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('POST', path, ...handlers)
  }

  put(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('PUT', path, ...handlers)
  }

  delete(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('DELETE', path, ...handlers)
  }

  patch(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('PATCH', path, ...handlers)
  }

  head(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('HEAD', path, ...handlers)
  }

  options(path: string, ...handlers: readonly CompatHandler[]): this {
    return this.route('OPTIONS', path, ...handlers)
  }

  /** Throws `EK_COMPAT_ROUTE` for a route that is there already, and `TypeError` for what is no function. */
  route(method: string, path: string, ...handlers: readonly CompatHandler[]): this {
    this.#routes.add(method, path, functions(handlers))
    return this
  }

  /** Runs before the routes, for every path or those below a prefix, also where there is no route. */
  use(...layers: readonly CompatHandler[]): this
  use(prefix: string, ...layers: readonly CompatHandler[]): this
  use(...layers: readonly CompatErrorHandler[]): this
  use(prefix: string, ...layers: readonly CompatErrorHandler[]): this
  use(first: string | CompatMiddleware, ...others: readonly CompatMiddleware[]): this {
    const prefix = typeof first === 'string' ? first.replace(/\/+$/, '') : ''
    const layers = typeof first === 'string' ? others : [first, ...others]
    for (const layer of functions(layers)) this.#middleware.push({ prefix, layer })
    return this
  }

  /** Serves the files of a folder where no route does. Throws `EK_STATIC_FOLDER` when it does not exist. */
  static(folder: string, prefix: string = '/', options: Omit<StaticFilesOptions, 'folder' | 'prefix'> = {}): this {
    this.#statics.push(staticFiles({ ...options, folder, prefix }))
    return this
  }

  ws(path: string, handler: SocketHandler): this {
    this.#socketRoutes.add('GET', path, functions([handler])[0] as SocketHandler)
    return this
  }

  /** Origins of other sites whose pages may open WebSockets; `https://*` allows what begins so. Default: only pages of the same host. */
  setWSAllowedOrigins(origins: readonly string[]): this {
    this.websocket.allowedOrigins = [...origins]
    return this
  }

  setWSAllowAll(isAllowed: boolean): this {
    this.websocket.allowsAll = isAllowed
    return this
  }

  /**
   * Gives the app to the runtime that loads it; the address is that of `evenkeel run`. Resolves when the runtime has taken it. Rejects
   * with `EK_COMPAT_LISTEN` outside of Evenkeel, and for a second app of one file.
   */
  async listen(_address?: string | number, listening?: () => void): Promise<void> {
    announce(this)
    listening?.()
  }

  /** Ends the app: WebSockets are closed with 1001, requests answered with 503. */
  async close(): Promise<void> {
    this.#isClosed = true
    this.websocket.closeAll()
  }

  /** Answers a request. Evenkeel calls it; a test may too. Rejects with what a handler threw. */
  readonly fetch = async (request: Request, _env?: unknown, context: Context = {}): Promise<Response> => {
    if (this.#isClosed) return new Response('Closed', { status: 503, headers: { 'retry-after': '1' } })
    const url = new URL(request.url)
    if (!isDecodable(url.pathname)) return new Response('Bad request', { status: 400 })
    const match = this.#match(request.method, url.pathname)
    try {
      const answer = await this.#answer(request, { url, match, remoteAddress: context.remoteAddress })
      return request.method === 'HEAD' ? withoutBody(answer) : answer
    } catch (error) {
      if (error instanceof ServerError && error.status < 500) return refusal(error)
      throw error
    }
  }

  async #answer(
    request: Request,
    { url, match, remoteAddress }: { url: URL; match: Match<Handlers>; remoteAddress: string | undefined },
  ): Promise<Response> {
    const found = match.status === 'found' ? match : { target: [], params: {} }
    const body = match.status === 'found' ? await readBody(request, this.#options.maxBodyBytes) : undefined
    const compatRequest = new CompatRequest(request, { url, params: found.params, remoteAddress, body })
    const response = new CompatResponse({ request, fileRoot: this.#options.fileRoot })
    const middleware = this.#middleware.filter(({ prefix }) => isBelow(url.pathname, prefix)).map(({ layer }) => layer)
    const last = async (): Promise<void> => {
      if (match.status !== 'found') response.respond(await this.#unrouted(request, match))
    }
    void runHandlers({ middleware, handlers: found.target, last }, compatRequest, response)
    return response.answer
  }

  #match(method: string, path: string): Match<Handlers> {
    const match = this.#routes.match(method, path)
    if (match.status === 'found' || method !== 'HEAD' || this.#options.strict) return match
    return this.#routes.match('GET', path)
  }

  async #unrouted(request: Request, match: Match<Handlers>): Promise<Response> {
    for (const files of this.#statics) {
      const response = await files(request)
      if (response !== undefined) return response
    }
    if (match.status !== 'other-method') return new Response('Not found', { status: 404 })
    const { strict } = this.#options
    const extra = strict ? [] : ['OPTIONS', ...(match.allow.includes('GET') ? ['HEAD'] : [])]
    const allow = [...new Set([...match.allow, ...extra])].toSorted().join(', ')
    if (request.method === 'OPTIONS' && !strict) return new Response(null, { status: 204, headers: { allow } })
    return new Response('Method not allowed', { status: 405, headers: { allow } })
  }
}

/** The options of other runtimes are accepted and without effect. */
export function createServer(options: CompatOptions | null = {}): CompatApp {
  return new CompatApp(options)
}

function functions<Handler>(handlers: readonly Handler[]): readonly Handler[] {
  const wrong = handlers.find((handler) => typeof handler !== 'function')
  if (handlers.length > 0 && wrong === undefined) return handlers
  throw new TypeError(`A handler must be a function, not ${wrong === undefined ? 'nothing' : typeof wrong}`)
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`)
}

function isDecodable(path: string): boolean {
  try {
    decodeURIComponent(path)
    return true
  } catch {
    return false
  }
}

function withoutBody(response: Response): Response {
  void response.body?.cancel().catch(() => undefined)
  return new Response(null, { status: response.status, headers: response.headers })
}

function refusal({ code, message, status }: ServerError): Response {
  return Response.json({ error: { code, message, fault: 'caller' } }, { status })
}
