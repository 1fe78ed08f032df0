import type { CompatRequest } from './compat-request.ts'
import type { CompatResponse } from './compat-response.ts'
import type { CompatSocket } from './compat-socket.ts'

/** Goes on to the next handler; with an error, to the next that takes errors. Resolves when what comes after is done. */
export type Next = (error?: unknown) => Promise<void>

/** Answers with `response`, now or later, or calls `next`. A `Response` that is returned is the answer. */
export type CompatHandler = (request: CompatRequest, response: CompatResponse, next: Next) => unknown

/** Told from a handler by its four parameters. */
export type CompatErrorHandler = (
  error: unknown,
  request: CompatRequest,
  response: CompatResponse,
  next: Next,
) => unknown

export type CompatMiddleware = CompatHandler | CompatErrorHandler

export type SocketHandler = (socket: CompatSocket, request: Request) => unknown

export interface CompatOptions {
  /** Bodies above it are refused with 413. Default 10 MiB; the app's own limit comes first. */
  readonly maxBodyBytes?: number
  /** `true`: HEAD and OPTIONS are answered only where they are registered. Default false: HEAD as GET, OPTIONS with `Allow`. */
  readonly strict?: boolean
  /** Folder that `sendFile` and `download` send from. Default: the working directory. */
  readonly fileRoot?: string
  /** Accepted for apps that were written for other runtimes, and without effect: timeouts belong to the app's limits. */
  readonly readTimeout?: unknown
  readonly writeTimeout?: unknown
  readonly idleTimeout?: unknown
  readonly readHeaderTimeout?: unknown
  readonly maxHeaderBytes?: unknown
}
