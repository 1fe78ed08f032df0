import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { App } from '../app.ts'

export type NodeRequest = IncomingMessage | Http2ServerRequest
export type NodeResponse = ServerResponse | Http2ServerResponse
export type NodeListener = (request: IncomingMessage, response: ServerResponse) => unknown

/** How an app answers. */
export type AppKind =
  | { readonly kind: 'fetch'; readonly fetch: NonNullable<App['fetch']> }
  /** `server` also takes WebSocket upgrades, where there is one. */
  | { readonly kind: 'node'; readonly listener: NodeListener; readonly server: Server | undefined }

interface Candidate {
  readonly fetch?: unknown
  readonly websocket?: unknown
  readonly scheduled?: unknown
  /** Fastify. */
  readonly ready?: () => PromiseLike<unknown>
  readonly routing?: NodeListener
  readonly server?: Server
  /** Koa. */
  readonly callback?: () => NodeListener
  /** Express, Connect. */
  readonly handle?: unknown
  /** A Node server. */
  readonly listeners?: (event: string) => readonly unknown[]
  readonly emit?: Server['emit']
}

const expected =
  'export default { fetch(request, env, context) { … } }, the app of a framework (Hono, h3, Express, Fastify, Koa), or a Node handler (request, response)'

/** Finds out how the default export of an app answers requests. Throws when it cannot. */
export async function appKind(exported: unknown): Promise<AppKind> {
  if (exported === undefined) throw new TypeError(`The app has no default export. Expected: ${expected}`)
  const isObject = (typeof exported === 'object' && exported !== null) || typeof exported === 'function'
  if (!isObject)
    throw new TypeError(`The default export of the app is of type ${typeof exported}. Expected: ${expected}`)
  const candidate = exported as Candidate
  if (typeof candidate.fetch === 'function') {
    return { kind: 'fetch', fetch: (candidate.fetch as NonNullable<App['fetch']>).bind(candidate) }
  }
  return (await frameworkKind(candidate)) ?? functionKind(exported) ?? unanswering(candidate)
}

async function frameworkKind(candidate: Candidate): Promise<AppKind | undefined> {
  const { ready, routing, server, callback, emit } = candidate
  if (typeof ready === 'function' && typeof routing === 'function') {
    await ready.call(candidate)
    return { kind: 'node', listener: routing.bind(candidate), server }
  }
  if (typeof callback === 'function') return { kind: 'node', listener: callback.call(candidate), server: undefined }
  if (typeof emit === 'function' && (candidate.listeners?.('request').length ?? 0) > 0) {
    const own = candidate as unknown as Server
    return { kind: 'node', listener: (request, response) => own.emit('request', request, response), server: own }
  }
  return undefined
}

/** A plain function of two or more parameters is a Node handler; one of a single parameter gets a `Request`. */
function functionKind(exported: unknown): AppKind | undefined {
  if (typeof exported !== 'function') return undefined
  const isMiddleware = 'handle' in exported || exported.length >= 2
  if (isMiddleware) return { kind: 'node', listener: exported as NodeListener, server: undefined }
  return { kind: 'fetch', fetch: exported as NonNullable<App['fetch']> }
}

/** An app of WebSockets or schedules only. */
function unanswering({ websocket, scheduled }: Candidate): AppKind {
  if (websocket === undefined && scheduled === undefined)
    throw new TypeError(`The default export of the app cannot answer requests. Expected: ${expected}`)
  return { kind: 'fetch', fetch: () => new Response('Not found', { status: 404 }) }
}
