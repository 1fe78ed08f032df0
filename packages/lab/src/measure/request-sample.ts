/** What one request took, in clock milliseconds. A part that did not happen is undefined. */
export interface RequestSample {
  readonly endpoint: string
  readonly method: string
  /** When it should have been sent. */
  readonly intendedMs: number
  /** When its first byte was handed to a connection. Undefined when it never was. */
  readonly sentMs: number | undefined
  /** When it was written whole. */
  readonly writtenMs: number | undefined
  readonly firstByteMs: number | undefined
  readonly endMs: number
  readonly statusCode: number | undefined
  readonly bytesSent: number
  readonly bytesReceived: number
  /** Of a connection that was opened for this request. */
  readonly connection: ConnectionSample | undefined
  readonly failed: boolean
}

export interface ConnectionSample {
  readonly dnsMs: number | undefined
  readonly connectMs: number
  readonly tlsMs: number | undefined
}
