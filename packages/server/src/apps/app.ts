import type { BindingsConfig } from './bindings/binding-config.ts'

/** What the default export of an app may be, in its own shape. Frameworks' apps and plain Node handlers are accepted too. */
export interface App<Env = Readonly<Record<string, unknown>>> {
  /** Answers a request. */
  readonly fetch?: (request: Request, env: Env, context: AppContext) => Response | Promise<Response>
  readonly websocket?: SocketHooks<Env>
  /** Called at the times of `crons`, never twice at the same time. */
  readonly scheduled?: (event: ScheduledEvent, env: Env, context: BackgroundContext) => unknown
  /** Patterns with five or six fields, in UTC, such as `0 3 * * *`. */
  readonly crons?: readonly string[]
  /** Bytes that a body may have, by path, for it and what is below it; above it 413. Default: the limit `maxBodyBytes`. */
  readonly bodyLimits?: Readonly<Record<string, number>>
  /** What `env` holds besides the environment variables, opened for each runtime. */
  readonly bindings?: BindingsConfig
  /** Called once in each runtime before it takes requests. What it throws keeps the runtime from taking any. */
  readonly warm?: (env: Env) => unknown
}

/** What work may use that belongs to no request. */
export interface BackgroundContext {
  /** Lets a promise go on after the answer; a runtime that is replaced waits for it. Its rejection is logged. */
  waitUntil(promise: Promise<unknown>): void
  /** Sends a message to every WebSocket of the app that subscribed to the topic, in all runtimes. */
  publish(topic: string, message: SocketData): void
}

/** What the app knows of one request besides the request. */
export interface AppContext extends BackgroundContext {
  /** The `x-request-id` of the request, or one made for it. */
  readonly requestId: string
  /** Address of whoever connected; undefined on a Unix socket. */
  readonly remoteAddress: string | undefined
  /** Accepted and without effect: an error is answered with 500 in any case. */
  passThroughOnException(): void
}

export interface ScheduledEvent {
  /** The pattern that was due. */
  readonly cron: string
  /** When it was due, in milliseconds since 1970. */
  readonly scheduledTime: number
}

export type SocketData = string | Uint8Array | ArrayBuffer

/** What an app does with WebSockets. Every hook may return a promise. */
export interface SocketHooks<Env = Readonly<Record<string, unknown>>> {
  /** May refuse with a response, or accept with data for the connection and a protocol. Default: accept. */
  readonly upgrade?: (request: Request, env: Env) => Upgrade | Promise<Upgrade>
  readonly open?: (peer: SocketPeer) => unknown
  /** Messages of one connection come in order, one at a time: the next waits for the promise of the one before. */
  readonly message?: (peer: SocketPeer, message: SocketMessage) => unknown
  /** The peer has taken what was waiting for it. */
  readonly drain?: (peer: SocketPeer) => unknown
  /** Once for each connection. 1006 when the peer went away without a word. */
  readonly close?: (peer: SocketPeer, details: { readonly code: number; readonly reason: string }) => unknown
  /** What a hook threw, or a fault of the connection. Default: it is logged. */
  readonly error?: (peer: SocketPeer, error: unknown) => unknown
}

export type Upgrade = Response | { readonly data?: unknown; readonly protocol?: string } | undefined | void

/** One WebSocket. */
export interface SocketPeer {
  readonly id: string
  /** The request that opened it. */
  readonly request: Request
  readonly remoteAddress: string | undefined
  readonly protocol: string
  /** It comes from a runtime that was replaced; the peer did not notice, and has what was sent to it there. */
  readonly moved: boolean
  /** Belongs to the app; what `upgrade` returned. */
  data: unknown
  /** Bytes that the peer has not taken yet. */
  readonly bufferedBytes: number
  /**
   * Sends a message; nothing is ever dropped. Returns false when the peer reads slowly: wait for `drained()` or the `drain` hook. A peer
   * for whom more than `maxSocketBufferBytes` wait is closed with 1013.
   */
  send(message: SocketData): boolean
  /** Resolves when nothing waits for the peer, or it is gone. */
  drained(): Promise<void>
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /** To all subscribers but this one, in all runtimes. */
  publish(topic: string, message: SocketData): void
  ping(): void
  /** Default 1000. */
  close(code?: number, reason?: string): void
  /** Ends the connection without a close frame. */
  terminate(): void
}

export interface SocketMessage {
  readonly isBinary: boolean
  /** As it came. */
  readonly data: string | Uint8Array
  text(): string
  /** Throws `SyntaxError`. */
  json(): unknown
  bytes(): Uint8Array
}
