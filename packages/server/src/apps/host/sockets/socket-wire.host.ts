/** The connection under a WebSocket: of this process, or of the gateway. */
export interface SocketWire {
  readonly bufferedBytes: number
  /** `sent` is called when the message has left, or never will. */
  send(message: string | Uint8Array, sent: () => void): void
  close(code: number, reason: string): void
  terminate(): void
  ping(): void
  /** A ping with a text, for the gateway. */
  mark(text: string): void
  /** Stops and starts the flow of messages from the peer. */
  pause(): void
  resume(): void
}
