import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { LabError, messageOf } from '../errors/lab-error.ts'
import type { LoadProgress } from '../load/load-progress.ts'
import type { LabResult } from '../result/lab-result.ts'
import { LiveResult, type LiveFacts } from './live-result.ts'
import { liveUpdate, renderLivePage } from './live-page.ts'

export interface WatchOptions extends LiveFacts {
  /** Default 0: any free port. */
  readonly port?: number
}

interface Viewer {
  readonly response: ServerResponse
  readonly sent: Map<string, string>
  /** An update was left out while the viewer was still reading an earlier one. */
  isBehind: boolean
}

/**
 * Serves the report of a running load on loopback, brought up to date by server-sent events. Pages are built only while somebody
 * looks: they share the thread with the generator, whose health says so if that is too much.
 */
export class WatchServer implements AsyncDisposable {
  readonly url: string
  readonly #server: Server
  readonly #live: LiveResult
  readonly #viewers = new Set<Viewer>()
  #final: LabResult | undefined

  constructor(server: Server, live: LiveResult, port: number) {
    this.#server = server
    this.#live = live
    this.url = `http://127.0.0.1:${port}/`
    server.on('request', (request: IncomingMessage, response: ServerResponse) => this.#answer(request, response))
  }

  /** @throws LabError `EK_LAB_WATCH` when the port is taken. */
  static async start(options: WatchOptions): Promise<WatchServer> {
    const { port = 0, ...facts } = options
    const server = createServer()
    server.listen(port, '127.0.0.1')
    try {
      await once(server, 'listening')
    } catch (error) {
      throw new LabError('EK_LAB_WATCH', `The live report cannot be served on port ${port}: ${messageOf(error)}`, {
        cause: error,
      })
    }
    const address = server.address()
    return new WatchServer(
      server,
      new LiveResult(facts),
      typeof address === 'object' && address !== null ? address.port : port,
    )
  }

  update(progress: LoadProgress): void {
    this.#live.update(progress)
    this.#broadcast()
  }

  /** Sends the whole report of the finished run to everybody who looks. */
  finish(result: LabResult): void {
    this.#final = result
    this.#broadcast()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { response } of this.#viewers) response.end()
    this.#server.close()
    // A viewer's last update is on its way; what is idle is cut at once, the rest after a moment.
    this.#server.closeIdleConnections()
    const cut = setTimeout(() => this.#server.closeAllConnections(), 500)
    if (this.#server.listening || this.#viewers.size > 0) await once(this.#server, 'close').catch(() => undefined)
    clearTimeout(cut)
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    if (!isLoopbackName(request.headers.host)) return refuse(response, 403, 'This page is only for this machine')
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, 405, 'Only GET')
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/') return this.#page(response)
    if (path === '/events') return this.#follow(response)
    return refuse(response, 404, 'Not here')
  }

  #page(response: ServerResponse): void {
    const result = this.#current()
    if (result === undefined) {
      response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8', refresh: '1' })
      response.end('<!doctype html><title>Starting</title><p>The load has not started yet.')
      return
    }
    response.writeHead(200, { ...headers, 'content-type': 'text/html; charset=utf-8' })
    response.end(renderLivePage(result))
  }

  #follow(response: ServerResponse): void {
    response.writeHead(200, { ...headers, 'content-type': 'text/event-stream' })
    const viewer: Viewer = { response, sent: new Map(), isBehind: false }
    this.#viewers.add(viewer)
    response.on('close', () => this.#viewers.delete(viewer))
    response.on('drain', () => {
      if (viewer.isBehind) this.#send(viewer)
    })
    this.#send(viewer)
  }

  #broadcast(): void {
    for (const viewer of this.#viewers) this.#send(viewer)
  }

  #send(viewer: Viewer): void {
    const result = this.#current()
    if (result === undefined) return
    // A browser that does not read (a tab in the background) must not pile up pages here.
    viewer.isBehind = viewer.response.writableNeedDrain && this.#final === undefined
    if (viewer.isBehind) return
    const update = liveUpdate(result, viewer.sent, this.#final !== undefined)
    viewer.response.write(`event: update\ndata: ${JSON.stringify(update)}\n\n`)
  }

  #current(): LabResult | undefined {
    return this.#final ?? this.#live.snapshot()
  }
}

const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' }

/** A page of another site can point its own name at this machine; the browser then sends that name. */
function isLoopbackName(host: string | undefined): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host ?? '')
}

function refuse(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { ...headers, 'content-type': 'text/plain; charset=utf-8' })
  response.end(`${message}\n`)
}
