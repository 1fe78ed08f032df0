import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Dispatcher } from 'undici'
import { ServerError } from '../../errors/server-error.ts'
import { describeError } from '../../http/error-answers.ts'
import { announcesTooMuch, hasUnknownLength, limitBody, refuseBody } from '../body-limit.ts'
import { refuse } from '../refuse.ts'
import { forwardedHeaders, pathBelow, returnedHeaders, type Visitor } from './forward-head.ts'
import type { Outcome, RoutedApp } from './routed-app.ts'
import type { RuntimeLink } from './runtime-link.ts'

/** Time beyond the app's own limit after which the gateway answers for a runtime that cannot, in milliseconds. */
const graceMs = 250

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
  const { app, request, response } = forwarded
  const { maxBodyBytes } = app.options.limits
  if (announcesTooMuch(request, maxBodyBytes)) return refuseBody(request, response)
  if (hasUnknownLength(request)) limitBody(request, response, maxBodyBytes)
  try {
    for (let offers = 1; ; offers += 1) {
      const entered = app.enter()
      const link = entered instanceof Promise ? await orGone(entered, app, response) : entered
      const outcome = await new Exchange(forwarded, link).run()
      app.leave(link, outcome)
      if (outcome !== 'not sent') return
      if (offers >= maxOffers) throw lost()
    }
  } catch (error) {
    answerFailure(response, error as Error)
  }
}

/** A visitor who leaves while waiting gives the place to the next. */
async function orGone(entered: Promise<RuntimeLink>, app: RoutedApp, response: ServerResponse): Promise<RuntimeLink> {
  const link = await entered
  if (!response.destroyed) return link
  app.leave(link)
  throw lost()
}

/** One request in one runtime. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #forwarded: Forwarded
  readonly #link: RuntimeLink
  readonly #over = Promise.withResolvers<Outcome>()
  #controller: Dispatcher.DispatchController | undefined
  #deadline: NodeJS.Timeout | undefined
  #unread: NodeJS.Timeout | undefined
  #hasBegun = false

  constructor(forwarded: Forwarded, link: RuntimeLink) {
    this.#forwarded = forwarded
    this.#link = link
  }

  async run(): Promise<Outcome> {
    const { app, request, response, visitor, mount } = this.#forwarded
    const gone = (): void => {
      if (!response.writableFinished) this.#end(new Error('the visitor has left'))
    }
    response.once('close', gone)
    this.#deadline = setTimeout(() => this.#timeOut(), app.options.limits.handlerTimeoutMs + graceMs)
    const hasBody =
      request.headers['content-length'] !== undefined || request.headers['transfer-encoding'] !== undefined
    this.#link.pool.dispatch(
      {
        path: pathBelow(request.url ?? '/', mount),
        method: (request.method ?? 'GET') as Dispatcher.HttpMethod,
        headers: forwardedHeaders(request, visitor, mount),
        // An iterator leaves the connection of the visitor alone when the runtime does not want the rest.
        body: hasBody
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
    const { response, request } = this.#forwarded
    clearTimeout(this.#deadline)
    this.#hasBegun = true
    if (response.headersSent || response.destroyed) return this.#end(new Error('the visitor was answered'))
    const headers = returnedHeaders((controller.rawHeaders ?? []) as readonly Buffer[])
    // What is left of a body that the app has not read would be taken for the next request.
    if (!request.complete) headers.push('connection', 'close')
    response.writeHead(status, headers)
    response.on('drain', this.#drained)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const { response, app } = this.#forwarded
    if (response.write(chunk)) return
    controller.pause()
    this.#unread = setTimeout(() => response.destroy(), app.options.limits.writeIdleMs)
  }

  onResponseEnd(): void {
    this.#forwarded.response.end()
    this.#settle('over')
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { response, request } = this.#forwarded
    if (!this.#hasBegun && !response.headersSent && !response.destroyed) {
      if (neverSent.has((error as NodeJS.ErrnoException).code ?? '') && !request.readableDidRead)
        return this.#settle('not sent')
      answerFailure(response, lost())
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
