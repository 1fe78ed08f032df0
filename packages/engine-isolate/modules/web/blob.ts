import { concat, streamOf, utf8Bytes, utf8Text, viewOf } from './bytes.ts'

export interface BlobOptions {
  type?: string
  endings?: 'transparent' | 'native'
}

const contents = new WeakMap<Blob, Uint8Array>()

/** https://w3c.github.io/FileAPI/#blob-section. The bytes are in memory. */
export class Blob {
  readonly #type: string

  constructor(parts: Iterable<unknown> = [], options: BlobOptions = {}) {
    const given = [...sequenceOf(parts)]
    if (options !== null && typeof options !== 'object' && typeof options !== 'function')
      throw new TypeError("Failed to construct 'Blob': the second argument must be an object")
    const endings = String(options?.endings ?? 'transparent')
    if (endings !== 'transparent' && endings !== 'native') throw new TypeError(`"${endings}" is no kind of line ending`)
    contents.set(this, concat(given.map((part) => partBytes(part, endings === 'native'))))
    this.#type = normalType(options?.type ?? '')
  }

  get size(): number {
    return blobBytes(this).byteLength
  }

  get type(): string {
    return this.#type
  }

  slice(start: number = 0, end: number = this.size, type: string = ''): Blob {
    const part = new Blob([], { type: String(type) })
    contents.set(
      part,
      blobBytes(this).subarray(
        position(start, this.size),
        Math.max(position(start, this.size), position(end, this.size)),
      ),
    )
    return part
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return blobBytes(this).slice().buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return blobBytes(this).slice()
  }

  async text(): Promise<string> {
    return utf8Text(blobBytes(this))
  }

  stream(): ReadableStream<Uint8Array> {
    return streamOf(blobBytes(this))
  }

  get [Symbol.toStringTag](): string {
    return 'Blob'
  }
}

/** https://w3c.github.io/FileAPI/#file-section */
export class File extends Blob {
  readonly #name: string
  readonly #lastModified: number

  constructor(parts: Iterable<unknown>, name: string, options: BlobOptions & { lastModified?: number } = {}) {
    if (arguments.length < 2)
      throw new TypeError(`Failed to construct 'File': 2 arguments required, but only ${arguments.length} present`)
    super(parts, options)
    this.#name = String(name)
    const { lastModified } = options ?? {}
    this.#lastModified = lastModified === undefined ? Date.now() : Math.trunc(Number(lastModified)) || 0
  }

  get name(): string {
    return this.#name
  }

  get lastModified(): number {
    return this.#lastModified
  }

  get webkitRelativePath(): string {
    return ''
  }

  override get [Symbol.toStringTag](): string {
    return 'File'
  }
}

/** The bytes of a blob of ours; throws for anything else. */
export function blobBytes(blob: Blob): Uint8Array {
  const bytes = contents.get(blob)
  if (bytes === undefined) throw new TypeError('Illegal invocation')
  return bytes
}

/** As WebIDL makes a sequence: the method is asked for once, and what is text becomes text while the parts are walked. */
function* sequenceOf(parts: unknown): Generator<unknown> {
  const method = typeof parts === 'object' && parts !== null ? (parts as Iterable<unknown>)[Symbol.iterator] : undefined
  if (typeof method !== 'function')
    throw new TypeError("Failed to construct 'Blob': the first argument must be a sequence")
  const iterator: Iterator<unknown> = Reflect.apply(method, parts, [])
  for (const part of { [Symbol.iterator]: () => iterator })
    yield viewOf(part) !== undefined || contents.has(part as Blob) ? part : String(part).toWellFormed()
}

function partBytes(part: unknown, nativeEndings: boolean): Uint8Array {
  const view = viewOf(part)
  if (view !== undefined) return view
  if (typeof part !== 'string') return blobBytes(part as Blob)
  return utf8Bytes(nativeEndings ? part.replaceAll(/\r\n|\r/g, '\n') : part)
}

function normalType(type: unknown): string {
  const text = String(type)
  return /[^\x20-\x7e]/.test(text) ? '' : text.toLowerCase()
}

function position(value: number, size: number): number {
  const whole = clamped(Number(value))
  return whole < 0 ? Math.max(0, size + whole) : Math.min(whole, size)
}

/** `[Clamp]` of Web IDL: the nearest whole number, the even one of two that are as near. */
function clamped(value: number): number {
  const below = Math.floor(value)
  const isEven = below % 2 === 0
  const above = value - below
  return (above > 0.5 || (above === 0.5 && !isEven) ? below + 1 : below) || 0
}
