import type { WebSocket } from 'ws'
import { socketMarks } from '../socket-move.ts'
import type { RuntimeLink } from './runtime-link.ts'

/** What may wait for one side before the other is no longer read, in bytes. */
const highWaterBytes = 256 * 1_024

/** How long a side may take to answer a close frame, in milliseconds. */
const closeGraceMs = 1_000

/** How long a runtime may take to answer a mark, in milliseconds. */
const markMs = 1_000

/** How long after a move a message may come that the runtime before has delivered already, in milliseconds. */
const lateMs = 2_000

/** The service restarts (RFC 6455 registry of close codes). */
const restarting = 1_012

interface Message {
  readonly data: Buffer
  readonly isBinary: boolean
  /** Of a message of a topic, while its runtime says so. */
  readonly id?: string
}

interface OpenedSocket {
  readonly runtime: WebSocket
  readonly link: RuntimeLink
}

export interface BridgeParts extends OpenedSocket {
  readonly client: WebSocket
  /** Whether the app's hooks can take up a connection in another runtime. */
  readonly movable: boolean
  /** Opens the same connection in another runtime. Rejects when none takes it. */
  readonly reopen: () => Promise<OpenedSocket>
  /** Resolves when what was published until now has reached every runtime. */
  readonly settled: () => Promise<void>
  readonly over: () => void
}

/** The connection to one runtime. */
class Side {
  readonly link: RuntimeLink
  readonly runtime: WebSocket
  readonly tags: PromiseWithResolvers<void> = Promise.withResolvers()
  readonly opened: PromiseWithResolvers<void> = Promise.withResolvers()

  constructor({ link, runtime }: OpenedSocket) {
    this.link = link
    this.runtime = runtime
  }
}

/**
 * One WebSocket of a visitor, and the one to the runtime behind it. When the runtime is replaced, the visitor's stays: what the runtime
 * had got is handled and answered there, what comes later goes to the next one. Both are open for a moment, so that no message of a topic
 * is missed; one that both deliver is passed on once.
 */
export class SocketBridge {
  readonly #parts: BridgeParts
  #side: Side
  #next: Side | undefined
  #opening = false
  #state: 'open' | 'moving' | 'over' = 'open'
  /** Came from the visitor while there was no runtime to send them to. */
  #kept: Message[] = []
  /** Came from the next runtime while the one before had more to say. */
  #early: Message[] = []
  /** Messages of topics that the runtime before has delivered. */
  readonly #seen = new Set<string>()
  #forget: NodeJS.Timeout | undefined

  constructor(parts: BridgeParts) {
    this.#parts = parts
    this.#side = new Side(parts)
    const { client } = parts
    client.on('message', (data: Buffer, isBinary) => this.#fromClient({ data, isBinary }))
    client.on('error', () => undefined)
    client.once('close', (code, reason) => this.#clientClosed(code, reason.toString()))
    this.#attend(this.#side)
  }

  get link(): RuntimeLink {
    return this.#side.link
  }

  /** The runtime is to end: nothing more is sent to it, and it is asked to close once it has answered what it has. */
  move(): void {
    if (this.#state !== 'open' || !this.#parts.movable) return
    this.#state = 'moving'
    this.#parts.client.pause()
    void this.#open(this.#side)
  }

  #attend(side: Side): void {
    const { runtime } = side
    let id: string | undefined
    runtime.on('ping', (data) => {
      const mark = data.toString()
      if (mark.startsWith(socketMarks.topic)) id = mark.slice(socketMarks.topic.length)
      else if (mark === socketMarks.tag) side.tags.resolve()
      else if (mark === socketMarks.opened) side.opened.resolve()
    })
    runtime.on('message', (data: Buffer, isBinary) => {
      const message = id === undefined ? { data, isBinary } : { data, isBinary, id }
      id = undefined
      this.#fromRuntime(side, message)
    })
    runtime.on('error', () => undefined)
    runtime.once('close', (code, reason) => this.#runtimeClosed(side, code, reason.toString()))
    // It was opened without being read: now there is somebody to give its messages to.
    runtime.resume()
  }

  /** Opens the next connection beside the one that is to end, and only then lets that one end. */
  async #open(before: Side): Promise<void> {
    this.#opening = true
    before.runtime.ping(socketMarks.tag)
    await within(markMs, before.tags.promise)
    try {
      const next = new Side(await this.#parts.reopen())
      this.#next = next
      this.#attend(next)
      await within(markMs, next.opened.promise)
      await this.#parts.settled()
    } catch {
      // The visitor is told when the one before closes.
    }
    this.#opening = false
    if (this.#state === 'over') return this.#next?.runtime.terminate()
    if (before.runtime.readyState !== before.runtime.CLOSED) before.runtime.ping(socketMarks.move)
    else this.#continue()
  }

  #fromClient(message: Message): void {
    if (this.#state === 'open') relay(this.#parts.client, this.#side.runtime, message)
    else if (this.#state === 'moving') this.#kept.push(message)
  }

  #fromRuntime(side: Side, message: Message): void {
    if (side !== this.#side) {
      if (side === this.#next) this.#early.push(message)
      return
    }
    const { id } = message
    if (id !== undefined) {
      if (this.#seen.has(id)) return
      this.#seen.add(id)
    }
    relay(side.runtime, this.#parts.client, message)
  }

  #clientClosed(code: number, reason: string): void {
    this.#state = 'over'
    clearTimeout(this.#forget)
    passOn(this.#side.runtime, code, reason)
    this.#next?.runtime.terminate()
    this.#parts.over()
  }

  #runtimeClosed(side: Side, code: number, reason: string): void {
    side.tags.resolve()
    side.opened.resolve()
    if (side === this.#next) this.#next = undefined
    if (side !== this.#side || this.#state === 'over') return
    // It may end before the next one is open: then that one goes on once it is.
    if (this.#state === 'moving' && code === restarting && this.#next !== undefined) return this.#continue()
    if (this.#state === 'moving' && code === restarting && this.#opening) return
    passOn(this.#parts.client, code, reason)
  }

  #continue(): void {
    const next = this.#next
    if (next === undefined) return passOn(this.#parts.client, restarting, 'The service restarts')
    this.#side = next
    this.#next = undefined
    this.#state = 'open'
    for (const message of this.#early.splice(0)) this.#fromRuntime(next, message)
    for (const message of this.#kept.splice(0)) relay(this.#parts.client, next.runtime, message)
    this.#parts.client.resume()
    clearTimeout(this.#forget)
    this.#forget = setTimeout(() => this.#untag(next), lateMs)
    // It may have been told to leave while the connection was opened.
    if (!next.link.isServing) this.move()
  }

  #untag(side: Side): void {
    if (this.#state !== 'open' || side !== this.#side) return
    side.runtime.ping(socketMarks.untag)
    this.#seen.clear()
  }
}

async function within(ms: number, promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, ms)
  await Promise.race([promise, late.promise])
  clearTimeout(timer)
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
