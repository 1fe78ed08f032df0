/** What one runtime of an app may use. */
export interface AppLimits {
  /** Resident memory at which a runtime is killed and replaced, in MiB. Default 512. */
  readonly memoryMb?: number
  /** From the request to the head of the answer, in milliseconds; then 504. Default 30000. */
  readonly handlerTimeoutMs?: number
  /** Body of one request, in bytes; above it 413. Default 10 MiB. */
  readonly maxBodyBytes?: number
  /** Head of one request, in bytes; above it 431. Default 16 KiB. */
  readonly maxHeaderBytes?: number
  /** Requests at one time in one runtime; above it 503. Default 1000. */
  readonly maxConcurrent?: number
  /** How late the event loop may be before new requests get 503, in milliseconds. Default 1000. */
  readonly maxLoopDelayMs?: number
  /** How long a client may take to send the head of a request, in milliseconds. Default 10000. */
  readonly headTimeoutMs?: number
  /** How long a client may take to send a whole request, in milliseconds. Default 60000. */
  readonly requestTimeoutMs?: number
  /** How long a connection may be idle between requests, in milliseconds. Default 72000. */
  readonly keepAliveMs?: number
  /** How long a client may take nothing of an answer that waits for it, in milliseconds. Default 30000. */
  readonly writeIdleMs?: number
  /** How long the event loop may be blocked before the runtime is killed, in milliseconds. Default 5000. */
  readonly maxBlockedMs?: number
  /**
   * Processor time that one request may take at a stretch, in milliseconds; then its runtime is ended. Only behind the gateway. Default 5000.
   */
  readonly cpuMs?: number
  /** One message of a WebSocket, in bytes; above it the connection is closed with 1009. Default 1 MiB. */
  readonly maxMessageBytes?: number
  /** What may wait for one WebSocket, in bytes; above it the connection is closed with 1013. Default 16 MiB. */
  readonly maxSocketBufferBytes?: number
  /** How often a WebSocket is pinged; one that has not answered by the next ping is ended. In milliseconds; default 30000. */
  readonly pingEveryMs?: number
  /** How long requests and WebSockets may go on in a runtime that is replaced, in milliseconds. Default 10000. */
  readonly drainMs?: number
}

export type ResolvedAppLimits = Readonly<Required<AppLimits>>

const mib = 1_048_576

export const defaultAppLimits: ResolvedAppLimits = Object.freeze({
  memoryMb: 512,
  handlerTimeoutMs: 30_000,
  maxBodyBytes: 10 * mib,
  maxHeaderBytes: 16 * 1_024,
  maxConcurrent: 1_000,
  maxLoopDelayMs: 1_000,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveMs: 72_000,
  writeIdleMs: 30_000,
  maxBlockedMs: 5_000,
  cpuMs: 5_000,
  maxMessageBytes: mib,
  maxSocketBufferBytes: 16 * mib,
  pingEveryMs: 30_000,
  drainMs: 10_000,
})

/** Least and most of each limit. */
export const appLimitRanges: Readonly<Record<keyof AppLimits, readonly [number, number]>> = {
  memoryMb: [48, 1_048_576],
  handlerTimeoutMs: [1, 3_600_000],
  maxBodyBytes: [0, 1_024 * mib],
  maxHeaderBytes: [1_024, mib],
  maxConcurrent: [1, 1_000_000],
  maxLoopDelayMs: [10, 600_000],
  headTimeoutMs: [10, 600_000],
  requestTimeoutMs: [10, 86_400_000],
  keepAliveMs: [1, 3_600_000],
  writeIdleMs: [10, 3_600_000],
  maxBlockedMs: [500, 600_000],
  cpuMs: [50, 600_000],
  maxMessageBytes: [1, 16 * mib],
  maxSocketBufferBytes: [1_024, 1_024 * mib],
  pingEveryMs: [10, 3_600_000],
  drainMs: [0, 3_600_000],
}
