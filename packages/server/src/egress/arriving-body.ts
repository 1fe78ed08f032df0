import { setTimeout as sleep } from 'node:timers/promises'
import type { ReadableStream, ReadableStreamDefaultReader } from 'node:stream/web'
import { ServerError } from '../errors/server-error.ts'

export interface ArrivingBodyOptions {
  /** Of the whole body, decoded. */
  readonly maxBytes: number
  /** What the block is told of a connection that breaks. */
  readonly failed: (error: unknown) => ServerError
}

export interface BodyPart {
  readonly bytes: Uint8Array
  /** Nothing follows. */
  readonly done: boolean
}

/** What arrives so soon after the head goes along with it, in milliseconds: most bodies need no second way into the block. */
const withHeadMs = 5
/** A part is no larger than this by more than one chunk. */
const partBytes = 262_144

/** The body of a response, in parts of what has arrived. Reading no further closes the window of the sender. */
export class ArrivingBody {
  readonly #options: ArrivingBodyOptions
  readonly #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  /** A read that has begun, and is for the next part if it takes longer than this one waits. */
  #pending: ReturnType<ReadableStreamDefaultReader<Uint8Array>['read']> | undefined
  #bytes = 0

  constructor(body: ReadableStream | null, options: ArrivingBodyOptions) {
    this.#options = options
    this.#reader = (body as ReadableStream<Uint8Array> | null)?.getReader()
  }

  /** What is there by now or almost; the whole of a short body. */
  withHead(): Promise<BodyPart> {
    return this.#part(true)
  }

  /** Waits for something to arrive. Rejects with what the block is told. */
  next(): Promise<BodyPart> {
    return this.#part(false)
  }

  /** Nobody reads on: the connection is closed. */
  stop(): void {
    void this.#reader?.cancel().catch(() => undefined)
  }

  async #part(mayBeEmpty: boolean): Promise<BodyPart> {
    const chunks: Uint8Array[] = []
    let bytes = 0
    using patience = new Patience(withHeadMs)
    while (bytes < partBytes) {
      const result = await this.#read(mayBeEmpty || bytes > 0 ? patience : undefined)
      if (result === undefined) break
      if (result.done) return { bytes: Buffer.concat(chunks, bytes), done: true }
      bytes += result.value.byteLength
      this.#count(result.value.byteLength)
      chunks.push(result.value)
    }
    return { bytes: Buffer.concat(chunks, bytes), done: false }
  }

  /** Undefined when patience is over before anything arrives. */
  async #read(
    patience: Patience | undefined,
  ): Promise<{ done: true } | { done: false; value: Uint8Array } | undefined> {
    if (this.#reader === undefined) return { done: true }
    this.#pending ??= this.#reader.read()
    // Whoever waits for it later is told; until then it is nobody's.
    this.#pending.catch(() => undefined)
    try {
      const result = await (patience === undefined ? this.#pending : Promise.race([this.#pending, patience.over()]))
      if (result === undefined) return undefined
      this.#pending = undefined
      return result.done ? { done: true } : { done: false, value: result.value }
    } catch (error) {
      throw this.#options.failed(error)
    }
  }

  #count(bytes: number): void {
    this.#bytes += bytes
    const { maxBytes } = this.#options
    if (this.#bytes <= maxBytes) return
    this.stop()
    throw new ServerError('EK_EGRESS_RESPONSE_TOO_LARGE', `the response is larger than the limit of ${maxBytes} bytes`)
  }
}

/** One wait for several races. */
class Patience implements Disposable {
  readonly #ms: number
  readonly #controller = new AbortController()
  #over: Promise<undefined> | undefined

  constructor(ms: number) {
    this.#ms = ms
  }

  over(): Promise<undefined> {
    return (this.#over ??= sleep(this.#ms, undefined, { signal: this.#controller.signal }).catch(() => undefined))
  }

  [Symbol.dispose](): void {
    this.#controller.abort()
  }
}
