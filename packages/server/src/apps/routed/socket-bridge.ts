import type { WebSocket } from 'ws'
import { moveMark } from '../socket-move.ts'
import type { RuntimeLink } from './runtime-link.ts'

/** What may wait for one side before the other is no longer read, in bytes. */
const highWaterBytes = 256 * 1_024

/** How long a side may take to answer a close frame, in milliseconds. */
const closeGraceMs = 1_000

/** The service restarts (RFC 6455 registry of close codes). */
const restarting = 1_012

interface Message {
  readonly data: Buffer
  readonly isBinary: boolean
}

export interface BridgeParts {
  readonly client: WebSocket
  readonly runtime: WebSocket
  readonly link: RuntimeLink
  /** Whether the app's hooks can take up a connection in another runtime. */
  readonly movable: boolean
  /** Opens the same connection in another runtime. Rejects when none takes it. */
  readonly reopen: () => Promise<{ readonly runtime: WebSocket; readonly link: RuntimeLink }>
  readonly over: () => void
}

/**
 * One WebSocket of a visitor, and the one to the runtime behind it. When the runtime is replaced, the visitor's stays: what the runtime
 * had got is handled and answered there, what comes later goes to the next one.
 */
export class SocketBridge {
  readonly #parts: BridgeParts
  #runtime: WebSocket
  #link: RuntimeLink
  #state: 'open' | 'moving' | 'over' = 'open'
  /** Came while there was no runtime to send them to. */
  #kept: Message[] = []

  constructor(parts: BridgeParts) {
    this.#parts = parts
    this.#runtime = parts.runtime
    this.#link = parts.link
    const { client } = parts
    client.on('message', (data: Buffer, isBinary) => this.#fromClient({ data, isBinary }))
    client.on('error', () => undefined)
    client.once('close', (code, reason) => this.#clientClosed(code, reason.toString()))
    this.#attend(parts.runtime)
  }

  get link(): RuntimeLink {
    return this.#link
  }

  /** The runtime is to end: nothing more is sent to it, and it is asked to close once it has answered what it has. */
  move(): void {
    if (this.#state !== 'open') return
    if (!this.#parts.movable) return
    this.#state = 'moving'
    this.#parts.client.pause()
    this.#runtime.ping(moveMark)
  }

  #attend(runtime: WebSocket): void {
    const { client } = this.#parts
    runtime.on('message', (data: Buffer, isBinary) => relay(runtime, client, { data, isBinary }))
    runtime.on('error', () => undefined)
    runtime.once('close', (code, reason) => this.#runtimeClosed(runtime, code, reason.toString()))
    // It was opened without being read: now there is somebody to give its messages to.
    runtime.resume()
  }

  #fromClient(message: Message): void {
    if (this.#state === 'open') relay(this.#parts.client, this.#runtime, message)
    else if (this.#state === 'moving') this.#kept.push(message)
  }

  #clientClosed(code: number, reason: string): void {
    this.#state = 'over'
    passOn(this.#runtime, code, reason)
    this.#parts.over()
  }

  #runtimeClosed(runtime: WebSocket, code: number, reason: string): void {
    if (runtime !== this.#runtime || this.#state === 'over') return
    if (this.#state === 'moving' && code === restarting) void this.#continue()
    else passOn(this.#parts.client, code, reason)
  }

  async #continue(): Promise<void> {
    try {
      const { runtime, link } = await this.#parts.reopen()
      if (this.#state === 'over') return runtime.terminate()
      this.#runtime = runtime
      this.#link = link
      this.#attend(runtime)
      this.#state = 'open'
      for (const message of this.#kept.splice(0)) relay(this.#parts.client, runtime, message)
      this.#parts.client.resume()
      // It may have been told to leave while the connection was opened.
      if (!link.isServing) this.move()
    } catch {
      passOn(this.#parts.client, restarting, 'The service restarts')
    }
  }
}

/** Sends on; a receiver that does not keep up holds the sender back. */
function relay(from: WebSocket, to: WebSocket, { data, isBinary }: Message): void {
  if (to.readyState !== to.OPEN) return
  to.send(data, { binary: isBinary }, () => {
    if (from.isPaused && to.bufferedAmount <= highWaterBytes / 2) from.resume()
  })
  if (to.bufferedAmount > highWaterBytes) from.pause()
}

/** Closes the other side in the same way. Codes that no frame may carry end the connection without one. */
function passOn(socket: WebSocket, code: number, reason: string): void {
  if (code === 1_005) socket.close()
  else if (code === 1_006 || code === 1_015) socket.terminate()
  else socket.close(code, reason)
  // A paused socket would not see the close frame of its peer.
  socket.resume()
  setTimeout(() => socket.terminate(), closeGraceMs).unref()
}
