import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener, RequestError } from '@hono/node-server'
import type { AppMeter } from './app-meter.host.ts'
import type { NodeListener, NodeRequest, NodeResponse } from './app-kind.host.ts'
import { announcesTooMuch, hasUnknownLength, limitBody, refuseBody, type BodyLimits } from '../body-limit.ts'
import type { Background } from './background.host.ts'
import { compressed } from './compress.host.ts'
import { inTurn, waitsForAnother } from './in-turn.host.ts'
import type { Lane } from './lane.host.ts'
import type { LoadedApp } from './load-app.host.ts'
import { logFailure } from './log-failure.host.ts'
import { isMalformedBody } from './malformed-body.host.ts'
import { refusalAnswer, refuse, type Refusal } from '../refuse.ts'
import { addReadBytes } from './read-bytes.host.ts'
import { RequestContext, requestIdOf } from './request-context.host.ts'
import type { RequestDesk } from './request-desk.host.ts'

// The adapter puts a lighter class in its place, which inherits from this one.
const NativeResponse = Response

export interface ListenerParts {
  readonly app: LoadedApp
  readonly desk: RequestDesk
  readonly meter: AppMeter
  readonly background: Background
  readonly bodyLimits: BodyLimits
  readonly compress: boolean
  /** Behind our gateway. */
  readonly isRouted: boolean
  /** Where requests go that compute for long. */
  readonly lane: Lane | undefined
}

/** The app as a listener of Node's servers, inside its limits. */
export function appListener(parts: ListenerParts): NodeListener {
  const { app, desk, bodyLimits, lane } = parts
  const answer = app.kind.kind === 'fetch' ? fetchListener(parts) : guardedListener(parts, app.kind.listener)
  const begin: NodeListener = (request, response) => {
    if (!desk.admit(request, response)) return
    const maxBytes = bodyLimits.of(request.url ?? '/')
    if (announcesTooMuch(request, maxBytes)) return refuseBody(request, response)
    if (hasUnknownLength(request)) limitBody(request, response, maxBytes)
    if (lane?.isEmpty === false && lane.take(request, response, () => answer(request, response))) return
    return answer(request, response)
  }
  return (request, response) => {
    if (waitsForAnother(response)) inTurn(request, response, () => begin(request, response))
    else begin(request, response)
  }
}

/** Ends a request that was answered for the app meanwhile. */
const tooLate = new Error('The request was answered before the app did')

function fetchListener({ app, meter, background, compress, isRouted }: ListenerParts): NodeListener {
  const { kind, env } = app
  if (kind.kind !== 'fetch') throw new TypeError('the app has no fetch')
  const failed = (incoming: NodeRequest, error: unknown, refusal: Refusal = 'threw'): Response => {
    if (isMalformedBody(error) || hasLeft(incoming)) return refusalResponse('malformed')
    const requestId = requestIdOf(incoming)
    meter.failures += 1
    logFailure(`${incoming.method} ${incoming.url} failed (request ${requestId})`, error)
    return refusalResponse(refusal, requestId)
  }
  const checked = (value: unknown, incoming: NodeRequest): Response | Promise<Response> => {
    if (value instanceof NativeResponse) return compress ? compressed(value, incoming) : value
    const got = value === null ? 'null' : typeof value
    return failed(incoming, new TypeError(`fetch returned ${got}, not a Response`), 'response')
  }
  const settle = (promise: PromiseLike<unknown>, incoming: NodeRequest, outgoing: NodeResponse): Promise<Response> => {
    const inTime = (answer: () => Response | Promise<Response>): Response | Promise<Response> => {
      if (outgoing.headersSent) throw tooLate
      return answer()
    }
    return Promise.resolve(promise).then(
      (value) => inTime(() => checked(value, incoming)),
      (error: unknown) => inTime(() => failed(incoming, error)),
    )
  }
  const listener = getRequestListener(
    (request, { incoming, outgoing }) => {
      let value: unknown
      try {
        value = kind.fetch(request, env, new RequestContext(incoming, background, isRouted))
      } catch (error) {
        return failed(incoming, error)
      }
      return isThenable(value) ? settle(value, incoming, outgoing) : checked(value, incoming)
    },
    { errorHandler: (error) => (error === tooLate ? undefined : refusalResponse(refusalOf(error))) },
  )
  addReadBytes()
  return listener as (request: IncomingMessage, response: ServerResponse) => unknown
}

function refusalOf(error: unknown): Refusal {
  return error instanceof RequestError ? 'malformed' : 'threw'
}

function refusalResponse(refusal: Refusal, requestId?: string): Response {
  const { status, headers, body } = refusalAnswer(refusal, requestId === undefined ? {} : { requestId })
  return new Response(body, { status, headers })
}

/** A Node handler that throws, or whose promise is rejected, answers with 500 where it has not begun to answer. */
function guardedListener({ meter }: ListenerParts, listener: NodeListener): NodeListener {
  const failed = (request: NodeRequest, response: NodeResponse, error: unknown): void => {
    if (hasLeft(request)) return refuse(response, 'malformed')
    const requestId = requestIdOf(request)
    meter.failures += 1
    logFailure(`${request.method} ${request.url} failed (request ${requestId})`, error)
    refuse(response, 'threw', { requestId })
  }
  return (request, response) => {
    try {
      const result = listener(request, response)
      if (isThenable(result)) result.then(undefined, (error: unknown) => failed(request, response, error))
    } catch (error) {
      failed(request, response, error)
    }
  }
}

/** Whoever breaks off in the middle of a body makes its reader fail; that is no fault of the app. Nobody reads the answer. */
function hasLeft({ destroyed, complete }: NodeRequest): boolean {
  return destroyed && !complete
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
