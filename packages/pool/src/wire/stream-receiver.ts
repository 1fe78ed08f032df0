import type { StreamItem } from '../contract/streams.ts'
import { PoolError } from '../errors/pool-error.ts'
import { frameKinds, type Frame } from './frame.ts'
import { chunkBytes, dataFlags, frameCost, maxMessageBytes, windowBytes, type StreamPort } from './stream-frames.ts'

interface Unread {
  readonly item: StreamItem
  readonly costBytes: number
}

type Taker = PromiseWithResolvers<IteratorResult<StreamItem, undefined>>

const done: IteratorReturnResult<undefined> = { done: true, value: undefined }

/**
 * The receiving end of one direction of a stream. Credit goes back when an item is taken, so an unread stream holds at most its window.
 * A peer that sends more than it has credit for breaks the protocol.
 */
export class StreamReceiver implements AsyncIterableIterator<StreamItem, undefined> {
  readonly #port: StreamPort
  readonly #unread: Unread[] = []
  readonly #takers: Taker[] = []
  #parts: Uint8Array[] = []
  #partBytes = 0
  /** Received and not granted again. */
  #outstandingBytes = 0
  #ungrantedBytes = 0
  #state: 'open' | 'ended' | 'stopped' | PoolError = 'open'

  constructor(port: StreamPort) {
    this.#port = port
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<StreamItem, undefined>> {
    const unread = this.#unread.shift()
    if (unread !== undefined) {
      this.#grant(unread.costBytes)
      return Promise.resolve({ done: false, value: unread.item })
    }
    if (this.#state instanceof PoolError) return Promise.reject(this.#state)
    if (this.#state !== 'open') return Promise.resolve(done)
    const taker: Taker = Promise.withResolvers()
    this.#takers.push(taker)
    return taker.promise
  }

  /** Whoever reads breaks off: the sender is told to stop. */
  return(): Promise<IteratorResult<StreamItem, undefined>> {
    if (this.#state === 'open') {
      this.#close('stopped')
      this.#port.send(frameKinds.stop)
    }
    this.#unread.length = 0
    return Promise.resolve(done)
  }

  /** Takes a data frame. Throws `EK_POOL_PROTOCOL`. */
  push(frame: Frame): void {
    const costBytes = frameCost(frame.body.byteLength)
    this.#outstandingBytes += costBytes
    // The last frame of a window may exceed it by its own size.
    if (frame.body.byteLength > chunkBytes || this.#outstandingBytes - costBytes >= windowBytes)
      throw new PoolError('EK_POOL_PROTOCOL', 'a peer sent more than its credit')
    if (this.#state !== 'open') return
    if (frame.meta === undefined) return this.#add(frame.body, costBytes)
    this.#part(frame.body)
    if (frame.meta === dataFlags.part) return this.#grant(costBytes)
    const message = this.#takeMessage()
    if (frame.meta === dataFlags.text) return this.#add(message.toString('utf8'), costBytes)
    if (frame.meta === dataFlags.binary) return this.#add(message, costBytes)
    throw new PoolError('EK_POOL_PROTOCOL', 'a peer sent data of an unknown kind')
  }

  /** The sender has sent everything. What is unread stays readable. */
  end(): void {
    if (this.#state === 'open') this.#close('ended')
  }

  /** The stream is broken: what is unread is dropped, and reading throws. */
  fail(error: PoolError): void {
    if (this.#state !== 'open') return
    this.#unread.length = 0
    this.#close(error)
  }

  #add(item: StreamItem, costBytes: number): void {
    const taker = this.#takers.shift()
    if (taker === undefined) {
      this.#unread.push({ item, costBytes })
      return
    }
    this.#grant(costBytes)
    taker.resolve({ done: false, value: item })
  }

  #part(body: Uint8Array): void {
    this.#parts.push(body)
    this.#partBytes += body.byteLength
    if (this.#partBytes > maxMessageBytes)
      throw new PoolError('EK_POOL_PROTOCOL', `a peer sent a message of more than ${maxMessageBytes} bytes`)
  }

  #takeMessage(): Buffer {
    const message = Buffer.concat(this.#parts)
    this.#parts = []
    this.#partBytes = 0
    return message
  }

  /** Half a window at a time, so that a stream of small items does not send a credit for each. */
  #grant(costBytes: number): void {
    this.#ungrantedBytes += costBytes
    if (this.#ungrantedBytes * 2 < windowBytes || this.#state !== 'open') return
    this.#port.send(frameKinds.credit, this.#ungrantedBytes)
    this.#outstandingBytes -= this.#ungrantedBytes
    this.#ungrantedBytes = 0
  }

  #close(state: 'ended' | 'stopped' | PoolError): void {
    this.#state = state
    this.#parts = []
    for (const taker of this.#takers.splice(0)) {
      if (state instanceof PoolError) taker.reject(state)
      else taker.resolve(done)
    }
  }
}
