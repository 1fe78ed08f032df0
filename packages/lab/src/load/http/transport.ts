import type { ConnectionSample } from '../../measure/request-sample.ts'

/** A request as it goes on the wire. */
export interface WireRequest {
  /** `http://host:port` */
  readonly origin: string
  /** Path with query. */
  readonly path: string
  readonly method: string
  readonly headers: Readonly<Record<string, string | readonly string[]>>
  readonly body: string | Uint8Array | undefined
  /** From now to the last byte of the body, waiting for a connection included. */
  readonly timeoutMs: number
  readonly firstByteTimeoutMs: number | undefined
  /** False throws the body away as it comes. */
  readonly keepBody: boolean
}

export interface WireTiming {
  sentMs: number | undefined
  writtenMs: number | undefined
  firstByteMs: number | undefined
  endMs: number
  bytesReceived: number
  connection: ConnectionSample | undefined
}

export type ResponseHeaders = Readonly<Record<string, string | string[] | undefined>>

export type WireOutcome = WireAnswer | WireFailure

export interface WireAnswer {
  readonly status: 'answered'
  readonly statusCode: number
  readonly headers: ResponseHeaders
  /** Empty unless it was asked for. */
  readonly body: Buffer
  readonly timing: Readonly<WireTiming>
}

interface WireFailure {
  readonly status: 'failed'
  /** `ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, `HPE_…`: the system's or the parser's code. */
  readonly code: string
  readonly message: string
  /** The user was stopped: nothing went wrong. */
  readonly stopped: boolean
  readonly timing: Readonly<WireTiming>
}

/** The connections of one user, or those that all users share. */
export interface Connections {
  /** Never rejects. */
  send(request: WireRequest): Promise<WireOutcome>
  /** Cuts requests that are still running; they end as `stopped`. */
  close(): void
}

/** Opens connections. The seam at which a simulated network takes the place of the real one. */
export interface HttpTransport {
  openConnections(maxSockets: number): Connections
}
