import type { Blob } from './blob.ts'
import { concat, streamOf, tagOf, utf8Bytes, utf8Text, viewOf } from './bytes.ts'
import type { FormData } from './form-data.ts'
import type { Headers } from './headers.ts'
import { cloning, forms, streams } from './lazy.ts'
import { parseMultipart } from './multipart.ts'

/** What a request or a response carries, and whether it has been read. */
export interface BodyState {
  /** Undefined once it has been handed to a stream, or when it came as one. */
  bytes: Uint8Array | undefined
  stream: ReadableStream<Uint8Array> | undefined
  used: boolean
}

export interface Extracted {
  readonly state: BodyState
  readonly type: string | null
}

/** https://fetch.spec.whatwg.org/#concept-bodyinit-extract, and what Node programs pass: streams of Node and `form-data`. */
export function extractBody(body: unknown): Extracted {
  const view = viewOf(body)
  if (view !== undefined) return of(view.slice(), null)
  switch (tagOf(body)) {
    case 'URLSearchParams':
      return of(utf8Bytes(String(body)), 'application/x-www-form-urlencoded;charset=UTF-8')
    case 'Blob':
    case 'File': {
      const { type } = body as Blob
      return of(forms().blobBytes(body as Blob), type === '' ? null : type)
    }
    case 'FormData':
      return extractForm(body as FormData)
    case 'ReadableStream':
      return extractStream(body as ReadableStream<Uint8Array>)
  }
  if (isAsyncIterable(body)) return { state: { bytes: undefined, stream: streamFrom(body), used: false }, type: null }
  return of(utf8Bytes(String(body).toWellFormed()), 'text/plain;charset=UTF-8')
}

interface LegacyForm {
  getBuffer(): Uint8Array
  getHeaders(): Record<string, string>
}

function extractForm(form: FormData | LegacyForm): Extracted {
  if ('getBuffer' in form) return of(new Uint8Array(form.getBuffer()), form.getHeaders()['content-type'] ?? null)
  const { bytes, type } = forms().multipartOf(form)
  return of(bytes, type)
}

function extractStream(stream: ReadableStream<Uint8Array>): Extracted {
  if (stream.locked || isDisturbed(stream)) throw new TypeError('The stream is locked or has been read')
  return { state: { bytes: undefined, stream, used: false }, type: null }
}

function of(bytes: Uint8Array, type: string | null): Extracted {
  return { state: { bytes, stream: undefined, used: false }, type }
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

function streamFrom(source: AsyncIterable<unknown>): ReadableStream<Uint8Array> {
  const { ReadableStream } = streams()
  const iterator = source[Symbol.asyncIterator]()
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await iterator.next()
      if (done === true) controller.close()
      else controller.enqueue(viewOf(value) ?? utf8Bytes(String(value)))
    },
    async cancel(reason) {
      await iterator.return?.(reason)
    },
  })
  return stream as unknown as globalThis.ReadableStream<Uint8Array>
}

/** All bytes; marks the body as used. */
export async function consume(state: BodyState | undefined): Promise<Uint8Array> {
  if (state === undefined) return new Uint8Array(0)
  if (unusable(state)) throw new TypeError('Body is unusable: it has been read already, or its stream is locked')
  state.used = true
  if (state.stream === undefined) return state.bytes ?? new Uint8Array(0)
  const parts: Uint8Array[] = []
  const reader = state.stream.getReader()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return concat(parts)
    const view = viewOf(value)
    if (view === undefined) throw new TypeError('A chunk of a body must be bytes')
    parts.push(view)
  }
}

/** The reader of a body that comes as a stream; undefined when its bytes are there, or there is none. Marks it as used. */
export function readerOf(state: BodyState | undefined): ReadableStreamDefaultReader<unknown> | undefined {
  if (state?.stream === undefined || state.bytes !== undefined) return undefined
  if (unusable(state)) throw new TypeError('Body is unusable: it has been read already, or its stream is locked')
  state.used = true
  return state.stream.getReader()
}

export function bodyUsed(state: BodyState | undefined): boolean {
  return state !== undefined && (state.used || (state.stream !== undefined && isDisturbed(state.stream)))
}

/** https://fetch.spec.whatwg.org/#body-unusable */
export function unusable(state: BodyState | undefined): boolean {
  return bodyUsed(state) || state?.stream?.locked === true
}

/** Whether it has been read from or cancelled, which the standard lets only the platform know: the name is of web-streams-polyfill. */
function isDisturbed(stream: ReadableStream): boolean {
  return (stream as unknown as { _disturbed?: boolean })._disturbed === true
}

export function bodyStream(state: BodyState | undefined): ReadableStream<Uint8Array> | null {
  if (state === undefined) return null
  if (state.used && state.stream === undefined) state.stream = readStream()
  state.stream ??= streamOf(state.bytes ?? new Uint8Array(0), () => {
    state.used = true
  })
  return state.stream
}

/** What the stream of a body looks like that was read as a whole: nobody gets anything from it any more. */
function readStream(): ReadableStream<Uint8Array> {
  const stream = streamOf(new Uint8Array(0))
  stream.getReader()
  return stream
}

/** The body of a request goes over to another one that is made of it. */
export function moveBody(state: BodyState): BodyState {
  if (unusable(state)) throw new TypeError('The body of the request has been read already')
  const { bytes, stream } = state
  const moved =
    bytes === undefined && stream !== undefined
      ? stream.pipeThrough(new (streams().TransformStream)() as unknown as TransformStream<Uint8Array, Uint8Array>)
      : undefined
  state.used = true
  if (moved === undefined) stream?.getReader()
  return { bytes, stream: moved, used: false }
}

/** Two bodies of one; the first keeps its owner. */
export function cloneBody(state: BodyState | undefined): BodyState | undefined {
  if (state === undefined) return undefined
  if (unusable(state)) throw new TypeError('A body that has been read cannot be cloned')
  if (state.bytes !== undefined) {
    if (state.stream !== undefined) state.stream = undefined
    return { bytes: state.bytes, stream: undefined, used: false }
  }
  const [one, other] = state.stream === undefined ? [] : branchesOf(state.stream)
  state.stream = one
  return { bytes: undefined, stream: other, used: false }
}

type Stream = ReadableStream<Uint8Array>

/**
 * Two streams of one. Chunks of the second are copies, made when the chunk comes, so that no reader sees what the other does to it
 * (https://streams.spec.whatwg.org/#readablestream-tee). Streams of bytes copy by themselves.
 */
function branchesOf(stream: Stream): [Stream, Stream] {
  if (isByteStream(stream)) return stream.tee()
  const { structuredClone: copy } = cloning()
  const pairs = mapped(stream, (chunk: unknown) => [chunk, copy(chunk)] as const)
  const [one, other] = pairs.tee()
  return [mapped(one, ([chunk]) => chunk) as Stream, mapped(other, ([, chunk]) => chunk) as Stream]
}

function isByteStream(stream: Stream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock()
    return true
  } catch {
    return false
  }
}

/** Nothing is read before it is asked for. */
function mapped<From, To>(stream: ReadableStream<From>, change: (chunk: From) => To): ReadableStream<To> {
  const { ReadableStream } = streams()
  const reader = stream.getReader()
  const source = {
    async pull(controller: ReadableStreamDefaultController<To>): Promise<void> {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(change(value))
    },
    cancel: (reason: unknown): Promise<void> => reader.cancel(reason),
  }
  return new ReadableStream(source as never, { highWaterMark: 0 }) as unknown as globalThis.ReadableStream<To>
}

/** The body of each request and response that has one. */
export const bodies = new WeakMap<Body, BodyState>()

/** The readers that requests and responses share. */
export abstract class Body {
  abstract readonly headers: Headers

  get body(): ReadableStream<Uint8Array> | null {
    return bodyStream(bodies.get(this))
  }

  get bodyUsed(): boolean {
    return bodyUsed(bodies.get(this))
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return (await consume(bodies.get(this))).slice().buffer as ArrayBuffer
  }

  async bytes(): Promise<Uint8Array> {
    return (await consume(bodies.get(this))).slice()
  }

  async text(): Promise<string> {
    return utf8Text(await consume(bodies.get(this)))
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text()) as unknown
  }

  async blob(): Promise<Blob> {
    const { Blob } = forms()
    return new Blob([await consume(bodies.get(this))], { type: this.headers.get('content-type') ?? '' })
  }

  async formData(): Promise<FormData> {
    const type = this.headers.get('content-type') ?? ''
    const bytes = await consume(bodies.get(this))
    if (/^multipart\/form-data/i.test(type)) return parseMultipart(bytes, type)
    if (!/^application\/x-www-form-urlencoded/i.test(type))
      throw new TypeError('Could not parse the content as FormData')
    const { FormData } = forms()
    const form = new FormData()
    for (const [name, value] of new URLSearchParams(utf8Text(bytes, { keepMark: true }))) form.append(name, value)
    return form
  }
}
