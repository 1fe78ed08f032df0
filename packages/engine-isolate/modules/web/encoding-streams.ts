import { TextDecoder, TextEncoder } from './encoding.ts'
import { TransformStream } from './streams.ts'

/** https://encoding.spec.whatwg.org/#interface-textencoderstream */
export class TextEncoderStream {
  readonly #stream: TransformStream<string, Uint8Array>

  constructor() {
    const encoder = new TextEncoder()
    let pending = ''
    this.#stream = new TransformStream<string, Uint8Array>({
      transform(chunk, controller) {
        const text = pending + String(chunk)
        // Half of a pair waits for the other half.
        const split = /[\uD800-\uDBFF]$/.test(text)
        pending = split ? text.slice(-1) : ''
        const bytes = encoder.encode(split ? text.slice(0, -1) : text)
        if (bytes.length > 0) controller.enqueue(bytes)
      },
      flush(controller) {
        if (pending !== '') controller.enqueue(encoder.encode(pending))
      },
    })
  }

  get encoding(): string {
    return 'utf-8'
  }

  get readable(): TransformStream<string, Uint8Array>['readable'] {
    return this.#stream.readable
  }

  get writable(): TransformStream<string, Uint8Array>['writable'] {
    return this.#stream.writable
  }
}

/** https://encoding.spec.whatwg.org/#interface-textdecoderstream */
export class TextDecoderStream {
  readonly #decoder: TextDecoder
  readonly #stream: TransformStream<Uint8Array, string>

  constructor(label: string = 'utf-8', options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
    const decoder = new TextDecoder(label, options)
    this.#decoder = decoder
    this.#stream = new TransformStream<Uint8Array, string>({
      transform(chunk: Uint8Array | undefined, controller) {
        if (chunk === undefined) throw new TypeError('A chunk to decode must be bytes')
        const text = decoder.decode(chunk, { stream: true })
        if (text !== '') controller.enqueue(text)
      },
      flush(controller) {
        const text = decoder.decode()
        if (text !== '') controller.enqueue(text)
      },
    })
  }

  get encoding(): string {
    return this.#decoder.encoding
  }

  get fatal(): boolean {
    return this.#decoder.fatal
  }

  get ignoreBOM(): boolean {
    return this.#decoder.ignoreBOM
  }

  get readable(): TransformStream<Uint8Array, string>['readable'] {
    return this.#stream.readable
  }

  get writable(): TransformStream<Uint8Array, string>['writable'] {
    return this.#stream.writable
  }
}
