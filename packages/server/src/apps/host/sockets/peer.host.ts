import { randomUUID } from 'node:crypto'
import type { SocketData, SocketHooks, SocketPeer } from '../../app.ts'
import type { AppMeter } from '../app-meter.host.ts'
import { logFailure } from '../log-failure.host.ts'
import { socketMarks } from '../../socket-move.ts'
import { Message, wireData } from './message.host.ts'
import type { SocketWire } from './socket-wire.host.ts'
import type { Topics } from './topics.host.ts'

/** From here on `send` returns false, in bytes. */
const highWaterBytes = 64 * 1_024

/** Messages that wait for a slow handler before the peer is no longer read. */
const maxWaitingMessages = 16

export interface PeerParts {
  readonly wire: SocketWire
  readonly request: Request
  readonly remoteAddress: string | undefined
  readonly protocol: string
  readonly moved: boolean
  readonly data: unknown
  readonly hooks: SocketHooks
  readonly topics: Topics
  readonly meter: AppMeter
  readonly maxBufferBytes: number
}

/** One WebSocket as the app sees it: messages in order, hooks one at a time, nothing dropped. */
export class Peer implements SocketPeer {
  readonly id: string = randomUUID()
  data: unknown
  readonly #parts: PeerParts
  readonly #waiting: Message[] = []
  readonly #drained: (() => void)[] = []
  #busy = false
  #paused = false
  #choked = false
  #tags = false
  #state: 'open' | 'closing' | 'closed' = 'open'
  /** What `close` is called with once the messages before it were handled. */
  #end: { readonly code: number; readonly reason: string } | undefined
  /** How to close once everything that came was handled. */
  #leaving: { readonly code: number; readonly reason: string } | undefined

  constructor(parts: PeerParts) {
    this.#parts = parts
    this.data = parts.data
    this.#tags = parts.moved
  }

  get request(): Request {
    return this.#parts.request
  }

  get remoteAddress(): string | undefined {
    return this.#parts.remoteAddress
  }

  get protocol(): string {
    return this.#parts.protocol
  }

  get moved(): boolean {
    return this.#parts.moved
  }

  get bufferedBytes(): number {
    return this.#parts.wire.bufferedBytes
  }

  send(message: SocketData): boolean {
    const { wire, meter, maxBufferBytes } = this.#parts
    const data = wireData(message)
    if (this.#state !== 'open') return false
    wire.send(data, () => this.#sent())
    meter.sockets.sent += 1
    const { bufferedBytes } = wire
    if (bufferedBytes > maxBufferBytes) this.#tooSlow()
    if (bufferedBytes <= highWaterBytes) return true
    this.#choked = true
    return false
  }

  /** Sends a message of a topic. */
  deliver(message: string | Uint8Array, id: string): void {
    if (this.#tags && this.#state === 'open') this.#parts.wire.mark(socketMarks.topic + id)
    this.send(message)
  }

  /** Whether to say of messages of topics which ones they are. */
  tag(tags: boolean): void {
    this.#tags = tags
  }

  async drained(): Promise<void> {
    if (!this.#choked || this.#state === 'closed') return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#drained.push(resolve)
    await promise
  }

  subscribe(topic: string): void {
    if (this.#state !== 'closed') this.#parts.topics.subscribe(topic, this)
  }

  unsubscribe(topic: string): void {
    this.#parts.topics.unsubscribe(topic, this)
  }

  publish(topic: string, message: SocketData): void {
    this.#parts.topics.publish(topic, wireData(message), this)
  }

  ping(): void {
    if (this.#state === 'open') this.#parts.wire.ping()
  }

  close(code = 1_000, reason = ''): void {
    if (this.#state !== 'open') return
    this.#parts.wire.close(code, reason)
    this.#state = 'closing'
  }

  terminate(): void {
    this.#parts.wire.terminate()
  }

  /** The connection is there. */
  opened(): void {
    this.#run(() => this.#parts.hooks.open?.(this))
  }

  received(data: string | Uint8Array): void {
    this.#parts.meter.sockets.received += 1
    const message = new Message(data)
    if (this.#busy) return this.#wait(message)
    this.#handle(message)
  }

  /** Closes once everything that has come was handled; nothing more will come. */
  leave(code: number, reason: string): void {
    this.#leaving = { code, reason }
    if (!this.#busy) this.close(code, reason)
  }

  /** The connection is gone; messages that came before are handled first. */
  ended(code: number, reason: string): void {
    this.#state = 'closed'
    this.#parts.topics.forget(this)
    this.#release()
    this.#end = { code, reason }
    if (!this.#busy) this.#finish()
  }

  failed(error: unknown): void {
    const { error: hook } = this.#parts.hooks
    if (hook === undefined) return logFailure('a WebSocket failed', error)
    try {
      hook(this, error)
    } catch (thrown) {
      logFailure('the error hook of a WebSocket failed', thrown)
    }
  }

  #wait(message: Message): void {
    this.#waiting.push(message)
    if (this.#waiting.length < maxWaitingMessages || this.#paused) return
    this.#paused = true
    this.#parts.wire.pause()
  }

  #handle(message: Message): void {
    this.#run(() => this.#parts.hooks.message?.(this, message))
  }

  /** Runs a hook; while its promise is pending, the peer is busy. */
  #run(hook: () => unknown): void {
    try {
      const result = hook()
      if (!isThenable(result)) return
      this.#busy = true
      result.then(
        () => this.#next(),
        (error: unknown) => {
          this.failed(error)
          this.#next()
        },
      )
    } catch (error) {
      this.failed(error)
    }
  }

  #next(): void {
    this.#busy = false
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      this.#handle(message)
      if (this.#busy) break
    }
    if (this.#paused && this.#waiting.length < maxWaitingMessages / 2) {
      this.#paused = false
      this.#parts.wire.resume()
    }
    if (this.#busy) return
    if (this.#end !== undefined) this.#finish()
    else if (this.#leaving !== undefined) this.close(this.#leaving.code, this.#leaving.reason)
  }

  #finish(): void {
    const end = this.#end
    this.#end = undefined
    if (end !== undefined) this.#run(() => this.#parts.hooks.close?.(this, end))
  }

  #sent(): void {
    if (!this.#choked || this.#parts.wire.bufferedBytes > 0) return
    this.#release()
    if (this.#state === 'open') this.#run(() => this.#parts.hooks.drain?.(this))
  }

  #release(): void {
    this.#choked = false
    for (const resolve of this.#drained.splice(0)) resolve()
  }

  /** A close frame would have to wait behind what the peer does not read, so the connection is cut soon after. */
  #tooSlow(): void {
    this.#parts.meter.sockets.closedByPolicy += 1
    this.close(1_013, 'Too slow')
    setTimeout(() => this.terminate(), slowGraceMs).unref()
  }
}

const slowGraceMs = 1_000

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
