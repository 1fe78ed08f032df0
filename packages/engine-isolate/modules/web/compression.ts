import { Deflate, Z_BUF_ERROR, Z_OK, Z_STREAM_END, ZStream, zlibInflate, zlibInflateInit2 } from 'pako'
import { viewOf } from './bytes.ts'
import { TransformStream } from './streams.ts'

type Bytes = Uint8Array<ArrayBuffer>
type Emit = (bytes: Bytes) => void

/** Takes the chunks of one stream, one after the other. Both throw when the data is not valid. */
interface Coder {
  push(chunk: Uint8Array): void
  end(): void
}

const outputBytes = 65_536
/** For `zlibInflateInit2`: the window of 32 KiB with the wrapper of each format. */
const windowBits: Readonly<Record<string, number>> = { deflate: 15, gzip: 31, 'deflate-raw': -15 }
const wrappers: Readonly<Record<string, { readonly gzip?: true; readonly raw?: true }>> = {
  deflate: {},
  gzip: { gzip: true },
  'deflate-raw': { raw: true },
}

/** https://compression.spec.whatwg.org/ */
abstract class CoderStream {
  readonly #stream: TransformStream<ArrayBuffer | ArrayBufferView, Bytes>

  constructor(makeCoder: (emit: Emit) => Coder) {
    let coder: Coder
    this.#stream = new TransformStream<ArrayBuffer | ArrayBufferView, Bytes>({
      start: (controller) => {
        coder = makeCoder((bytes) => controller.enqueue(bytes))
      },
      transform: (chunk) => coder.push(bytesOf(chunk)),
      flush: () => coder.end(),
    })
  }

  get readable(): TransformStream['readable'] {
    return this.#stream.readable
  }

  get writable(): TransformStream['writable'] {
    return this.#stream.writable
  }
}

export class CompressionStream extends CoderStream {
  constructor(format: string) {
    const wrapper = forFormat(wrappers, format)
    super((emit) => deflater(wrapper, emit))
  }
}

export class DecompressionStream extends CoderStream {
  constructor(format: string) {
    const bits = forFormat(windowBits, format)
    super((emit) => new Inflater(bits, emit))
  }
}

function deflater(wrapper: { readonly gzip?: true; readonly raw?: true }, emit: Emit): Coder {
  const deflate = new Deflate({ ...wrapper, chunkSize: outputBytes })
  deflate.onData = emit
  deflate.onEnd = () => undefined
  return { push: (chunk) => void deflate.push(chunk, false), end: () => void deflate.push(new Uint8Array(0), true) }
}

/** Damaged data, data that ends early and data after the end are errors; checksums are compared. */
class Inflater implements Coder {
  readonly #stream: ZStream = new ZStream()
  readonly #emit: Emit
  #ended = false

  constructor(bits: number, emit: Emit) {
    this.#emit = emit
    if (zlibInflateInit2(this.#stream, bits) !== Z_OK) throw new Error('The decoder cannot be made')
  }

  push(chunk: Uint8Array): void {
    const stream = this.#stream
    stream.input = chunk
    stream.next_in = 0
    stream.avail_in = chunk.length
    while (!this.#ended && this.#step());
    if (this.#ended && stream.avail_in > 0) throw invalid('there is data after its end')
  }

  end(): void {
    if (!this.#ended) throw invalid('it ends too early')
  }

  /** One piece of output; whether there may be more of it. */
  #step(): boolean {
    const stream = this.#stream
    stream.output = new Uint8Array(outputBytes)
    stream.next_out = 0
    stream.avail_out = outputBytes
    const status = zlibInflate(stream, 0)
    if (status !== Z_OK && status !== Z_STREAM_END && status !== Z_BUF_ERROR)
      throw invalid(stream.msg || 'no such data')
    if (stream.next_out > 0) this.#emit(stream.output.slice(0, stream.next_out))
    this.#ended = status === Z_STREAM_END
    return stream.avail_out === 0
  }
}

function forFormat<Value>(values: Readonly<Record<string, Value>>, format: string): Value {
  const value = Object.hasOwn(values, format) ? values[format] : undefined
  if (value === undefined) throw new TypeError(`Unsupported compression format: ${String(format)}`)
  return value
}

function invalid(why: string): TypeError {
  return new TypeError(`The compressed data is not valid: ${why}`)
}

function bytesOf(chunk: ArrayBuffer | ArrayBufferView): Uint8Array {
  const view = viewOf(chunk)
  if (view === undefined) throw new TypeError('A chunk must be an ArrayBuffer or a view of one')
  return view
}
