import type { Socket } from 'node:net'
import { encodeFrame, type Frame, type FrameKind } from './frame.ts'
import { FrameReader } from './frame-reader.ts'

export interface ChannelEvents {
  frame(frame: Frame): void
  /** Called once: when the peer is gone, or with an error when it sent something that is not a frame. */
  closed(error: Error | undefined): void
}

/** Frames over a duplex pipe. Frames written in one turn of the event loop leave in one write. */
export class Channel {
  readonly #socket: Socket
  readonly #events: ChannelEvents
  readonly #reader = new FrameReader()
  #corked = false
  #closed = false

  constructor(socket: Socket, events: ChannelEvents) {
    this.#socket = socket
    this.#events = events
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    // A peer that was killed with bytes unread resets the connection: it is gone, it did not break the protocol.
    socket.on('error', () => this.#close(undefined))
    socket.on('close', () => this.#close(undefined))
    // A peer that ended at once may be gone before anybody listens; no event follows then.
    if (socket.destroyed) queueMicrotask(() => this.#close(undefined))
  }

  /** Bytes written and not yet taken by the kernel. */
  get bufferedBytes(): number {
    return this.#socket.writableLength
  }

  send(kind: FrameKind, stream: number, meta?: unknown, body?: Uint8Array): void {
    if (this.#closed) return
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
      queueMicrotask(() => this.#uncork())
    }
    this.#socket.write(encodeFrame(kind, stream, meta, body))
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #uncork(): void {
    if (!this.#corked) return
    this.#corked = false
    this.#socket.uncork()
  }

  #read(chunk: Buffer): void {
    if (this.#closed) return
    try {
      for (const frame of this.#reader.push(chunk)) this.#events.frame(frame)
    } catch (error) {
      this.#close(error as Error)
    }
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#socket.destroy()
    this.#events.closed(error)
  }
}
