import { encoding, streams } from './lazy.ts'

/** Bytes of whatever holds bytes, without a copy; undefined for anything else. */
export function viewOf(value: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  if (Object.prototype.toString.call(value) === '[object ArrayBuffer]') return new Uint8Array(value as ArrayBuffer)
  return undefined
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}

/** A buffer of exactly these bytes, ready to leave the isolate. */
export function exactBuffer(view: Uint8Array): ArrayBuffer {
  return view.slice().buffer as ArrayBuffer
}

export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1)
}

export function utf8Bytes(text: string): Uint8Array {
  const { TextEncoder } = encoding()
  return new TextEncoder().encode(text)
}

/** As `text()` decodes: the byte order mark is dropped unless it is kept, what is not UTF-8 is replaced. */
export function utf8Text(bytes: Uint8Array, { keepMark = false }: { keepMark?: boolean } = {}): string {
  const { TextDecoder } = encoding()
  return new TextDecoder('utf-8', { ignoreBOM: keepMark }).decode(bytes)
}

interface ByteController {
  readonly byobRequest: { respond(bytes: number): void } | null
  enqueue(chunk: Uint8Array): void
  close(): void
}

/** A stream of bytes that are there already, 64 KiB at a time. `touched` is called when the first is read. */
export function streamOf(bytes: Uint8Array, touched: () => void = () => undefined): ReadableStream<Uint8Array> {
  const { ReadableStream } = streams()
  let offset = 0
  const pull = (controller: ByteController): void => {
    touched()
    const chunk = bytes.slice(offset, offset + 65_536)
    offset += chunk.byteLength
    if (chunk.byteLength > 0) controller.enqueue(chunk)
    if (offset >= bytes.byteLength) {
      controller.close()
      controller.byobRequest?.respond(0)
    }
  }
  const source = { type: 'bytes', pull, cancel: touched } as const
  return new ReadableStream(source as never) as unknown as ReadableStream<Uint8Array>
}
