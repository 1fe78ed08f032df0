import type { StreamItem, StreamWriter } from '../contract/streams.ts'
import { PoolError } from '../errors/pool-error.ts'
import { frameKinds } from './frame.ts'
import {
  chunkBytes,
  dataFlags,
  frameCost,
  maxMessageBytes,
  windowBytes,
  type DataFlag,
  type ResetMeta,
  type StreamPort,
} from './stream-frames.ts'

/** A frame that waits for credit. `settle` belongs to the write whose last frame this is. */
interface WaitingFrame {
  readonly flag: DataFlag
  readonly body: Uint8Array
  readonly settle: { resolve(): void; reject(error: Error): void } | undefined
}

/**
 * The sending end of one direction of a stream. A frame is sent while there is credit left, so the last one may exceed the window by
 * its own size; the receiver counts the same way.
 */
export class StreamSender implements StreamWriter {
  readonly #port: StreamPort
  readonly #messages: boolean
  readonly #waiting: WaitingFrame[] = []
  readonly #closing = new AbortController()
  #creditBytes = windowBytes
  #state: 'open' | 'ending' | 'closed' = 'open'
  #ended: PromiseWithResolvers<void> | undefined

  constructor(port: StreamPort, messages: boolean) {
    this.#port = port
    this.#messages = messages
  }

  get closed(): AbortSignal {
    return this.#closing.signal
  }

  write(item: StreamItem): Promise<void> {
    const written = this.#write(item)
    // A reader that goes away is no fault of a writer that did not wait: only who waits learns of it.
    written.catch(() => undefined)
    return written
  }

  async end(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'ending'
    this.#ended ??= Promise.withResolvers<void>()
    this.#flush()
    await this.#ended.promise
  }

  /** Breaks off: the reader gets an error in place of what was not sent. */
  reset(message: string): void {
    if (this.#state === 'closed') return
    const meta: ResetMeta = { message }
    this.#port.send(frameKinds.reset, meta)
    this.close()
  }

  /** The receiver has read something. */
  grant(bytes: unknown): void {
    if (typeof bytes !== 'number' || !(bytes > 0) || this.#creditBytes + bytes > windowBytes)
      throw new PoolError('EK_POOL_PROTOCOL', `a peer granted a credit of ${String(bytes)} bytes`)
    this.#creditBytes += bytes
    this.#flush()
  }

  /** Nobody reads any more, or the stream is over. Writes that wait reject. */
  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    for (const { settle } of this.#waiting.splice(0)) settle?.reject(closedError())
    this.#ended?.resolve()
    this.#closing.abort()
  }

  async #write(item: StreamItem): Promise<void> {
    if (this.#state !== 'open') throw closedError()
    const bytes = typeof item === 'string' ? Buffer.from(item) : item
    const flag = this.#flagOf(item)
    if (flag !== undefined && bytes.byteLength > maxMessageBytes) throw tooLargeError(bytes.byteLength)
    if (flag === undefined && bytes.byteLength === 0) return
    // Everything that fits leaves in this turn, so that small answers share one write to the pipe.
    const left = this.#queue(bytes, flag)
    this.#flush()
    await left
  }

  #flagOf(item: StreamItem): DataFlag {
    if (typeof item === 'string') return dataFlags.text
    return this.#messages ? dataFlags.binary : undefined
  }

  #queue(bytes: Uint8Array, flag: DataFlag): Promise<void> {
    const { promise, ...settle } = Promise.withResolvers<void>()
    let start = 0
    for (; bytes.byteLength - start > chunkBytes; start += chunkBytes) {
      const body = bytes.subarray(start, start + chunkBytes)
      this.#waiting.push({ flag: flag === undefined ? undefined : dataFlags.part, body, settle: undefined })
    }
    this.#waiting.push({ flag, body: bytes.subarray(start), settle })
    return promise
  }

  #flush(): void {
    let sent = 0
    for (const { flag, body, settle } of this.#waiting) {
      if (this.#creditBytes <= 0) break
      this.#creditBytes -= frameCost(body.byteLength)
      this.#port.send(frameKinds.data, flag, body)
      settle?.resolve()
      sent += 1
    }
    this.#waiting.splice(0, sent)
    if (this.#state === 'ending' && this.#waiting.length === 0) this.#finish()
  }

  #finish(): void {
    this.#port.send(frameKinds.end)
    this.#state = 'closed'
    this.#ended?.resolve()
  }
}

function closedError(): PoolError {
  return new PoolError('EK_POOL_STREAM_CLOSED', 'nothing can be written: the stream has ended, or nobody reads it')
}

function tooLargeError(bytes: number): PoolError {
  return new PoolError(
    'EK_POOL_STREAM_MESSAGE',
    `a message of ${bytes} bytes cannot be sent: the limit is ${maxMessageBytes} bytes`,
  )
}
