import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { ServerError } from '../../errors/server-error.ts'
import { describeError } from '../../http/error-answers.ts'
import { announcesTooMuch, hasUnknownLength, limitBody, refuseBody } from '../body-limit.ts'
import { refuse } from '../refuse.ts'
import { forwardedHeaders, pathBelow, returnedHead, type Visitor } from './forward-head.ts'
import type { Outcome, RoutedApp } from './routed-app.ts'
import type { Ticket } from './runtime-link.ts'

/** Time beyond the app's own limit after which the gateway answers for a runtime that cannot, in milliseconds. */
const graceMs = 250

/** Up to this an answer that is there at once is one text, in bytes. */
const smallBytes = 16_384

/** Runtimes that one request is offered to, when they turn out to be gone before anything was sent. */
const maxOffers = 3

export interface Forwarded {
  readonly app: RoutedApp
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly visitor: Visitor
  /** What is before the app's own path. */
  readonly mount: string
}

/** Passes a request on to a runtime of the app, and its answer back, each as fast as the other side takes it. Never rejects. */
export async function forward(forwarded: Forwarded): Promise<void> {
  const { app, request, response, mount } = forwarded
  const maxBytes = app.maxBodyBytes(pathBelow(request.url ?? '/', mount))
  if (announcesTooMuch(request, maxBytes)) return refuseBody(request, response)
  if (hasUnknownLength(request)) limitBody(request, response, maxBytes)
  try {
    for (let offers = 1; ; offers += 1) {
      const entered = app.enter(request.method ?? 'GET', request.url ?? '/')
      const ticket = entered instanceof Promise ? await orGone(entered, app, response) : entered
      const outcome = await new Exchange(forwarded, ticket).run()
      app.leave(ticket, outcome)
      if (outcome !== 'not sent' && outcome !== 'unread') return
      if (offers >= maxOffers) throw lost()
    }
  } catch (error) {
    answerFailure(response, error as Error)
  }
}

/** A visitor who leaves while waiting gives the place to the next. */
async function orGone(entered: Promise<Ticket>, app: RoutedApp, response: ServerResponse): Promise<Ticket> {
  const ticket = await entered
  if (!response.destroyed) return ticket
  app.leave(ticket)
  throw lost()
}

/** One request in one runtime. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #forwarded: Forwarded
  readonly #ticket: Ticket
  readonly #hasBody: boolean
  readonly #over = Promise.withResolvers<Outcome>()
  #controller: Dispatcher.DispatchController | undefined
  #deadline: NodeJS.Timeout | undefined
  #unread: NodeJS.Timeout | undefined
  #hasBegun = false
  #announcedBytes: number | undefined

  constructor(forwarded: Forwarded, ticket: Ticket) {
    this.#forwarded = forwarded
    this.#ticket = ticket
    const { headers } = forwarded.request
    this.#hasBody = headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined
  }

  async run(): Promise<Outcome> {
    const { app, request, response, visitor, mount } = this.#forwarded
    const gone = (): void => {
      if (!response.writableFinished) this.#end(new Error('the visitor has left'))
    }
    response.once('close', gone)
    this.#deadline = setTimeout(() => this.#timeOut(), app.options.limits.handlerTimeoutMs + graceMs)
    this.#ticket.link.pool.dispatch(
      {
        path: pathBelow(request.url ?? '/', mount),
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: forwardedHeaders(request, visitor, mount),
        // An iterator leaves the connection of the visitor alone when the runtime does not want the rest.
        body: this.#hasBody
          ? (request.iterator({ destroyOnReturn: false }) as unknown as Dispatcher.DispatchOptions['body'])
          : null,
      } as Dispatcher.DispatchOptions,
      this,
    )
    const outcome = await this.#over.promise
    response.off('close', gone)
    return outcome
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#forwarded.response.destroyed) this.#end(new Error('the visitor has left'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200) return
    const { response, request, app } = this.#forwarded
    clearTimeout(this.#deadline)
    this.#hasBegun = true
    const { headers, busyMs, announcedBytes } = returnedHead((controller.rawHeaders ?? []) as readonly Buffer[])
    this.#announcedBytes = announcedBytes
    app.answered(this.#ticket, busyMs)
    if (response.headersSent || response.destroyed) return this.#end(new Error('the visitor was answered'))
    // What is left of a body that the app has not read would be taken for the next request.
    if (!request.complete) headers.push('connection', 'close')
    response.writeHead(status, headers)
    response.on('drain', this.#drained)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response, app } = this.#forwarded
    // As text it leaves with its head in one write: half of what an answer costs is the call of the system.
    if (chunk.length === this.#announcedBytes && chunk.length <= smallBytes) {
      response.end(chunk.toString('latin1'), 'latin1')
      return
    }
    if (response.write(chunk)) return
    controller.pause()
    this.#unread = setTimeout(() => response.destroy(), app.options.limits.writeIdleMs)
  }

  onResponseEnd(): void {
    const { response } = this.#forwarded
    if (!response.writableEnded) response.end()
    this.#settle('over')
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { response, request } = this.#forwarded
    if (!this.#hasBegun && !response.headersSent && !response.destroyed) {
      const { code = '' } = error as NodeJS.ErrnoException
      if (neverSent.has(code) && !request.readableDidRead) return this.#settle('not sent')
      if (code === unreadCode && !this.#hasBody && process.platform === 'linux') return this.#settle('unread')
      const { link } = this.#ticket
      answerFailure(response, link.exhausted && link.isFirst(this.#ticket) ? exhausted() : lost())
    } else if (!response.writableEnded) response.destroy()
    this.#settle('lost')
  }

  readonly #drained = (): void => {
    clearTimeout(this.#unread)
    this.#controller?.resume()
  }

  /** The runtime answers for time limits itself, unless its event loop is blocked. */
  #timeOut(): void {
    refuse(this.#forwarded.response, 'timeout', { close: true })
    this.#end(new Error('the app did not answer in time'))
  }

  #end(reason: Error): void {
    this.#controller?.abort(reason)
    this.#settle('over')
  }

  #settle(outcome: Outcome): void {
    clearTimeout(this.#deadline)
    clearTimeout(this.#unread)
    this.#forwarded.response.off('drain', this.#drained)
    this.#over.resolve(outcome)
  }
}

/** Of a runtime that had just left. */
const neverSent: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ENOENT', 'UND_ERR_CLOSED', 'UND_ERR_DESTROYED'])

/**
 * A Unix socket that is closed with data in it that its owner has not read says so to its peer (Linux, `unix_release_sock`). A head
 * leaves in one write and is read in one: nothing of such a request has run.
 */
const unreadCode = 'ECONNRESET'

function exhausted(): ServerError {
  const message = 'the request used more processor time than it may'
  return new ServerError('EK_APP_CPU', message, { status: 503, type: 'AppError' })
}

function lost(): ServerError {
  return new ServerError('EK_APP_LOST', 'the runtime that had the request was lost', { status: 503, type: 'AppError' })
}

/** Answers for the app, where nothing was answered. */
export function answerFailure(response: ServerResponse, error: Error): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  const { status, body, retryAfterS } = describeError(error)
  const text = JSON.stringify({ error: body })
  const headers: Record<string, string | number> = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    'x-content-type-options': 'nosniff',
  }
  if (retryAfterS !== undefined) headers['retry-after'] = retryAfterS
  if (!response.req.complete) headers['connection'] = 'close'
  response.writeHead(status, headers)
  response.end(text)
}
