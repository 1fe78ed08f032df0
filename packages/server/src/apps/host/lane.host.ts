import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { busyHeader } from '../busy-header.ts'
import { hasUnknownLength } from '../body-limit.ts'
import { refuse } from '../refuse.ts'
import { routeOf } from '../route-of.ts'
import { HoldWatch, longMs } from './hold-watch.host.ts'
import { laneHeaders } from './lane-address.host.ts'
import { LongRoutes } from './long-routes.ts'

/** Headers of one connection only (RFC 9110 §7.6.1), and what runtimes tell each other. */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  busyHeader,
])

/** Nobody took the request. */
const neverSent: ReadonlySet<string | undefined> = new Set(['ECONNREFUSED', 'ENOENT'])

/**
 * Keeps this runtime's event loop free: learns which routes compute for long, and passes their requests on to runtimes that do nothing
 * else. The visitors whose connections are here do not wait meanwhile.
 */
export class Lane {
  readonly #routes = new LongRoutes()
  readonly #watch = new HoldWatch()
  readonly #found: (route: string) => void
  readonly #answered: (route: string) => number
  /** Sockets of the runtimes that take long requests, and how many of ours each has. */
  #inFlight = new Map<string, number>()
  /** Those that take no more but still have some of ours. */
  readonly #leaving = new Map<string, number>()
  #left: PromiseWithResolvers<void> | undefined

  /** `found` hears of each route that turned out to be long; `answered` says how many requests of a route were answered. */
  constructor(found: (route: string) => void, answered: (route: string) => number) {
    this.#found = found
    this.#answered = answered
  }

  /** Whether every request belongs here. */
  get isEmpty(): boolean {
    return this.#routes.isEmpty || this.#inFlight.size === 0
  }

  /** From now on these runtimes take long requests. Resolves when no other has one of ours. */
  async use(sockets: readonly string[]): Promise<void> {
    for (const [socket, count] of this.#inFlight) if (count > 0) this.#leaving.set(socket, count)
    this.#inFlight = new Map(sockets.map((socket) => [socket, this.#leaving.get(socket) ?? 0]))
    for (const socket of sockets) this.#leaving.delete(socket)
    if (this.#leaving.size === 0) this.#allLeft()
    else await (this.#left ??= Promise.withResolvers()).promise
  }

  /** No route is long any more, until it is found again. */
  forget(): void {
    this.#routes.forget()
  }

  /** Another runtime found it. */
  add(route: string): void {
    this.#routes.add(route)
  }

  begin(nowMs: number): void {
    this.#watch.begin(nowMs)
  }

  end(nowMs: number, route: string): void {
    const heldMs = this.#watch.end(nowMs)
    // What was passed on says itself what it took.
    if (this.#routes.has(route)) return
    if (heldMs === 0) this.#routes.sawQuick(route)
    else if (this.#routes.sawLong(route, heldMs, this.#answered(route))) this.#found(route)
  }

  /** Passes a long request on; false for one that belongs here. `here` is called when the other runtime has just left. */
  take(request: IncomingMessage, response: ServerResponse, here: () => unknown): boolean {
    const route = routeOf(request.method ?? 'GET', request.url ?? '/')
    if (!this.#routes.has(route)) return false
    this.#pass(request, response, { route, here })
    return true
  }

  #pass(
    request: IncomingMessage,
    response: ServerResponse,
    { route, here }: { readonly route: string; readonly here: () => unknown },
  ): void {
    const socketPath = this.#freest()
    this.#count(socketPath, 1)
    const { method, url: path } = request
    const hasBody = request.headers['content-length'] !== undefined || hasUnknownLength(request)
    const options = { socketPath, method, path, agent: false as const, setHost: false }
    const onward = httpRequest({ ...options, headers: passedHeaders(request, hasBody) })
    response.once('close', () => {
      this.#count(socketPath, -1)
      onward.destroy()
    })
    onward.once('response', (answer) => {
      this.#learn(route, answer)
      passBack(answer, response)
    })
    onward.once('error', ({ code }: NodeJS.ErrnoException) => {
      if (response.destroyed) return
      if (!hasBody && neverSent.has(code) && !response.headersSent) here()
      else refuse(response, 'lost')
    })
    if (hasBody) request.pipe(onward)
    else onward.end()
  }

  #learn(route: string, { headers }: IncomingMessage): void {
    // It was forgotten meanwhile: to be long again, it has to be found and told.
    if (!this.#routes.has(route)) return
    const busyMs = Number(headers[busyHeader] ?? 0)
    if (busyMs >= longMs / 2) this.#routes.sawLong(route, busyMs, 0)
    else this.#routes.sawQuick(route)
  }

  #freest(): string {
    const [[first] = ['']] = this.#inFlight
    let freest = first
    for (const [socket, count] of this.#inFlight) if (count < (this.#inFlight.get(freest) ?? 0)) freest = socket
    return freest
  }

  #count(socket: string, change: 1 | -1): void {
    const count = this.#inFlight.get(socket)
    if (count === undefined) return this.#leave(socket)
    // The one that was used last comes last, so that equals take turns.
    if (change === 1) this.#inFlight.delete(socket)
    this.#inFlight.set(socket, count + change)
  }

  /** A request is over at a runtime that takes no more. */
  #leave(socket: string): void {
    const count = this.#leaving.get(socket) ?? 0
    if (count > 1) return void this.#leaving.set(socket, count - 1)
    this.#leaving.delete(socket)
    if (this.#leaving.size === 0) this.#allLeft()
  }

  #allLeft(): void {
    this.#left?.resolve()
    this.#left = undefined
  }
}

/** As they came, less those of the connection and the pseudo-headers of HTTP/2. */
function passedHeaders(request: IncomingMessage, hasBody: boolean): string[] {
  const { rawHeaders, headers, socket } = request
  const result = kept(rawHeaders)
  if (hasBody && headers['content-length'] === undefined) result.push('transfer-encoding', 'chunked')
  const authority = headers.host === undefined ? String(headers[':authority'] ?? '') : undefined
  result.push(...laneHeaders(socket.remoteAddress ?? '', authority))
  return result
}

function passBack(answer: IncomingMessage, response: ServerResponse): void {
  if (response.headersSent || response.destroyed) return void answer.destroy()
  response.writeHead(answer.statusCode ?? 502, kept(answer.rawHeaders))
  answer.once('error', () => response.destroy())
  answer.pipe(response)
}

function kept(rawHeaders: readonly string[]): string[] {
  const result: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    if (!name.startsWith(':') && !dropped.has(name.toLowerCase())) result.push(name, rawHeaders[index + 1] ?? '')
  }
  return result
}
