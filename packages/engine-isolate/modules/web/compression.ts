import { Deflate, Gunzip, Gzip, Inflate, Unzlib, Zlib } from 'fflate'
import { TransformStream } from './streams.ts'

type Bytes = Uint8Array<ArrayBufferLike>

interface Coder {
  ondata?: unknown
  push(chunk: Uint8Array, final?: boolean): void
}

const encoders: Readonly<Record<string, new () => Coder>> = { gzip: Gzip, deflate: Zlib, 'deflate-raw': Deflate }
const decoders: Readonly<Record<string, new () => Coder>> = { gzip: Gunzip, deflate: Unzlib, 'deflate-raw': Inflate }

/** https://compression.spec.whatwg.org/ */
abstract class CoderStream {
  readonly #stream: TransformStream<ArrayBuffer | ArrayBufferView, Bytes>

  constructor(coders: Readonly<Record<string, new () => Coder>>, format: string) {
    const Coder = Object.hasOwn(coders, format) ? coders[format] : undefined
    if (Coder === undefined) throw new TypeError(`Unsupported compression format: ${String(format)}`)
    const coder = new Coder()
    let enqueue: (bytes: Bytes) => void = () => undefined
    coder.ondata = (bytes: Bytes): void => {
      if (bytes.length > 0) enqueue(bytes)
    }
    this.#stream = new TransformStream<ArrayBuffer | ArrayBufferView, Bytes>({
      start: (controller) => {
        enqueue = (bytes) => controller.enqueue(bytes)
      },
      transform: (chunk) => guarded(() => coder.push(bytesOf(chunk))),
      flush: () => guarded(() => coder.push(new Uint8Array(0), true)),
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
    super(encoders, format)
  }
}

export class DecompressionStream extends CoderStream {
  constructor(format: string) {
    super(decoders, format)
  }
}

function guarded(work: () => void): void {
  try {
    work()
  } catch (error) {
    throw new TypeError(`The compressed data is not valid: ${(error as Error).message}`, { cause: error })
  }
}

function bytesOf(chunk: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (Object.prototype.toString.call(chunk) === '[object ArrayBuffer]') return new Uint8Array(chunk)
  throw new TypeError('A chunk must be an ArrayBuffer or a view of one')
}
