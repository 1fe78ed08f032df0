import { ContentDisposition } from '@remix-run/headers/content-disposition'
import { Readable } from 'node:stream'
import { basename, isAbsolute, relative, resolve, sep } from 'node:path'
import { ServerError } from '../../errors/server-error.ts'
import { fileResponse } from '../static/file-response.host.ts'
import { realPathBelow, safeSegments } from '../static/safe-path.ts'
import { deleteCookie, setCookie, type CookieOptions } from '../web/cookies.ts'
import { redirect, type RedirectStatus } from '../web/redirect.ts'

export interface ResponseParts {
  readonly request: Request
  /** A real path. */
  readonly fileRoot: string
}

export interface SendFileOptions {
  /** Default `no-cache`. */
  readonly cacheControl?: string
}

/** An answer as handlers of the form `(req, res)` give it. Sending twice throws `EK_COMPAT_SENT`. */
export class CompatResponse {
  readonly #parts: ResponseParts
  readonly #headers = new Headers()
  readonly #answer: PromiseWithResolvers<Response> = Promise.withResolvers()
  #status: number | undefined
  #isSent = false
  #writer: WritableStreamDefaultWriter<Uint8Array> | undefined

  constructor(parts: ResponseParts) {
    this.#parts = parts
  }

  /** What is sent, once something is. Rejects with what `fail` was given before that. */
  get answer(): Promise<Response> {
    return this.#answer.promise
  }

  /** Whether it was sent, or a stream begun. */
  get sent(): boolean {
    return this.#isSent
  }

  /** Whether a handler chose a status without sending anything yet. */
  get hasStatusOnly(): boolean {
    return this.#status !== undefined && !this.#isSent
  }

  /** From 200 to 599. */
  status(code: number): this {
    if (!Number.isInteger(code) || code < 200 || code > 599)
      throw new RangeError(`A status must be a whole number from 200 to 599, not ${String(code)}`)
    this.#status = code
    return this
  }

  /** Replaces a header; a list gives several of one name, and every `Set-Cookie` is added to those before. */
  header(name: string, value: string | number | readonly string[]): this {
    const values = (Array.isArray(value) ? value : [String(value)]) as readonly string[]
    if (name.toLowerCase() !== 'set-cookie') this.#headers.delete(name)
    for (const each of values) this.#headers.append(name, each)
    return this
  }

  /** The same as `header`. */
  set(name: string, value: string | number | readonly string[]): this {
    return this.header(name, value)
  }

  get(name: string): string | undefined {
    return this.#headers.get(name) ?? undefined
  }

  removeHeader(name: string): this {
    this.#headers.delete(name)
    return this
  }

  cookie(name: string, value: string, options: CookieOptions = {}): this {
    setCookie(this.#headers, name, value, options)
    return this
  }

  clearCookie(name: string, options: Pick<CookieOptions, 'path' | 'domain'> = {}): this {
    deleteCookie(this.#headers, name, options)
    return this
  }

  /** Text, bytes, or anything else as JSON; nothing for an empty body. */
  send(body?: unknown): void {
    if (body === undefined || body === null) return this.#end(null)
    if (typeof body === 'string') return this.#end(body, 'text/plain; charset=utf-8')
    if (ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof Blob)
      return this.#end(body as Uint8Array<ArrayBuffer>, 'application/octet-stream')
    this.json(body)
  }

  /** Throws what `JSON.stringify` throws, and `TypeError` for what it gives no text for. */
  json(value: unknown): void {
    const text = JSON.stringify(value) as string | undefined
    if (text === undefined) throw new TypeError(`A value of type ${typeof value} cannot be written as JSON`)
    this.#end(text, 'application/json; charset=utf-8')
  }

  html(text: string): void {
    this.#end(text, 'text/html; charset=utf-8')
  }

  /** Default status 302. Throws `EK_WEB_REDIRECT` for an address that is none. */
  redirect(url: string, code: RedirectStatus = 302): void {
    const { headers } = redirect(url, { status: code })
    this.header('location', headers.get('location') ?? url)
    this.#status = code
    this.#end(null)
  }

  /** Begins a stream, or goes on with it. Resolves when the client has room for more. */
  async write(chunk: string | Uint8Array): Promise<void> {
    this.#writer ??= this.#begin()
    await this.#writer.ready
    await this.#writer.write(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk)
  }

  /** Ends a stream, or sends what is given. */
  end(last?: string | Uint8Array): void {
    if (this.#writer === undefined) return this.send(last)
    const writer = this.#writer
    void (async () => {
      if (last !== undefined) await this.write(last)
      await writer.close()
    })().catch(() => undefined)
  }

  /** Sends whatever a `Response` can have as its body. */
  stream(body: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array>): void {
    const readable = body instanceof ReadableStream ? body : Readable.toWeb(Readable.from(body, { objectMode: false }))
    this.#end(readable as ReadableStream<Uint8Array>, 'application/octet-stream')
  }

  /**
   * Sends a file below the app's file root, with ranges and tags. 404 when there is none, when a link leads out of the root, or when a
   * part of the path begins with a dot.
   */
  async sendFile(path: string, options: SendFileOptions = {}): Promise<void> {
    this.#claim()
    const response = await this.#file(path, options).catch((error: unknown) => this.#answer.reject(error))
    if (response !== undefined) this.#answer.resolve(this.#withHeaders(response))
  }

  /** As `sendFile`, to be kept as a file. Default name: that of the file. */
  async download(path: string, name: string = basename(path)): Promise<void> {
    const ascii = name.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_')
    const filenameSplat = `UTF-8''${encodeURIComponent(name).replaceAll(/['()*]/g, hexOf)}`
    const disposition = new ContentDisposition({
      type: 'attachment',
      filename: ascii,
      ...(ascii === name ? {} : { filenameSplat }),
    })
    this.header('content-disposition', disposition.toString())
    await this.sendFile(path)
  }

  /** Answers with a response that a handler returned. What was set before is added to it. */
  respond(response: Response): void {
    this.#claim()
    this.#answer.resolve(this.#withHeaders(response))
  }

  /** Nothing can be sent any more: whoever waits for the answer gets the error. */
  fail(error: unknown): void {
    if (!this.#isSent) this.#answer.reject(error)
    else if (this.#writer !== undefined) void this.#writer.abort(error).catch(() => undefined)
    else console.error('A handler failed after it had answered:', error)
    this.#isSent = true
  }

  #end(body: ConstructorParameters<typeof Response>[0], type?: string): void {
    this.#claim()
    if (type !== undefined && !this.#headers.has('content-type')) this.#headers.set('content-type', type)
    const status = this.#status ?? 200
    const isBodiless = status === 204 || status === 205 || status === 304
    this.#answer.resolve(new Response(isBodiless ? null : body, { status, headers: this.#headers }))
  }

  #begin(): WritableStreamDefaultWriter<Uint8Array> {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
    this.stream(readable)
    return writable.getWriter()
  }

  #claim(): void {
    if (this.#isSent) throw new ServerError('EK_COMPAT_SENT', 'the response was sent already', { status: 500 })
    this.#isSent = true
  }

  async #file(path: string, { cacheControl = 'no-cache' }: SendFileOptions): Promise<Response> {
    const { request, fileRoot } = this.#parts
    const segments = segmentsBelow(fileRoot, path)
    const real = segments === undefined ? undefined : await realPathBelow(fileRoot, segments)
    const response =
      real === undefined ? undefined : await fileResponse(real, request, { cacheControl, precompressed: false })
    if (response !== undefined) return response
    this.#headers.delete('content-disposition')
    return new Response('Not found', { status: 404 })
  }

  #withHeaders(response: Response): Response {
    const headers = new Headers(response.headers)
    for (const name of new Set(this.#headers.keys())) {
      if (name === 'set-cookie') for (const each of this.#headers.getSetCookie()) headers.append(name, each)
      else headers.set(name, this.#headers.get(name) ?? '')
    }
    const status = response.status === 200 ? (this.#status ?? 200) : response.status
    return new Response(response.body, { status, headers })
  }
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}

/** A path of the app's own making is no URL: it is not decoded, and may be absolute. */
function segmentsBelow(root: string, path: string): readonly string[] | undefined {
  if (path.split(/[/\\]/).includes('..')) return undefined
  const below = relative(root, resolve(root, path))
  if (below === '' || isAbsolute(below)) return undefined
  return safeSegments(below.split(sep).map(encodeURIComponent).join('/'))
}
