import type { SocketData, SocketMessage } from '../../app.ts'

/** What came from a peer: text or bytes, never guessed at. */
export class Message implements SocketMessage {
  readonly data: string | Uint8Array

  constructor(data: string | Uint8Array) {
    this.data = data
  }

  get isBinary(): boolean {
    return typeof this.data !== 'string'
  }

  text(): string {
    return typeof this.data === 'string' ? this.data : Buffer.from(this.data).toString()
  }

  json(): unknown {
    return JSON.parse(this.text())
  }

  bytes(): Uint8Array {
    return typeof this.data === 'string' ? Buffer.from(this.data) : this.data
  }
}

/** Text stays text; every other kind becomes bytes. Throws `TypeError` for what is neither. */
export function wireData(message: SocketData): string | Uint8Array {
  if (typeof message === 'string' || message instanceof Uint8Array) return message
  if (message instanceof ArrayBuffer) return new Uint8Array(message)
  throw new TypeError(`A message must be a string, a Uint8Array or an ArrayBuffer, not ${typeof message}`)
}
