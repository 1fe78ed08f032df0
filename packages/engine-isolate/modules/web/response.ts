import { Body, bodies, cloneBody, extractBody } from './body.ts'
import { areFixed, fixHeaders, Headers } from './headers.ts'
import { url } from './lazy.ts'

export interface ResponseInit {
  status?: number
  statusText?: string
  headers?: unknown
}

interface ResponseKind {
  readonly type: 'default' | 'basic' | 'error' | 'opaqueredirect'
  readonly url: string
  readonly redirected: boolean
}

const nullBody: ReadonlySet<number> = new Set([101, 103, 204, 205, 304])
const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** https://fetch.spec.whatwg.org/#response-class */
export class Response extends Body {
  #status: number
  readonly #statusText: string
  readonly #headers: Headers
  #kind: ResponseKind = { type: 'default', url: '', redirected: false }

  constructor(body: unknown = null, init: ResponseInit = {}) {
    super()
    const { status = 200, statusText = '', headers } = init ?? {}
    this.#status = Number(status)
    if (!(this.#status >= 200 && this.#status <= 599))
      throw new RangeError(`The status ${String(status)} is not in the range 200 to 599`)
    this.#statusText = String(statusText)
    if (/[^\t\x20-\x7e\x80-\xff]/.test(this.#statusText)) throw new TypeError('The status text is not valid')
    this.#headers = new Headers(headers)
    if (body === null || body === undefined) return
    if (nullBody.has(this.#status)) throw new TypeError(`A response with the status ${this.#status} cannot have a body`)
    const { state, type } = extractBody(body)
    bodies.set(this, state)
    if (type !== null && !this.#headers.has('content-type')) this.#headers.set('content-type', type)
  }

  static error(): Response {
    const response = new Response()
    response.#status = 0
    response.#kind = { type: 'error', url: '', redirected: false }
    fixHeaders(response.#headers)
    return response
  }

  static json(data: unknown, init: ResponseInit = {}): Response {
    const text = JSON.stringify(data)
    if (text === undefined) throw new TypeError('The value cannot be written as JSON')
    const headers = new Headers(init?.headers)
    if (!headers.has('content-type')) headers.set('content-type', 'application/json')
    return new Response(text, { ...init, headers })
  }

  static redirect(target: string, status: number = 302): Response {
    if (!redirects.has(Number(status))) throw new RangeError(`The status ${status} is no redirect`)
    const { URL } = url()
    const response = new Response(null, { headers: { location: new URL(target).href } })
    response.#status = Number(status)
    fixHeaders(response.#headers)
    return response
  }

  /** A response of the network, whose status may be one that a program cannot make. */
  static received(body: unknown, init: Required<ResponseInit>, kind: ResponseKind): Response {
    const empty = nullBody.has(init.status)
    const response = new Response(empty ? null : body, { ...init, status: init.status < 200 ? 200 : init.status })
    response.#status = init.status
    response.#kind = kind
    fixHeaders(response.#headers)
    return response
  }

  get status(): number {
    return this.#status
  }

  get statusText(): string {
    return this.#statusText
  }

  get ok(): boolean {
    return this.#status >= 200 && this.#status <= 299
  }

  get headers(): Headers {
    return this.#headers
  }

  get url(): string {
    return this.#kind.url
  }

  get type(): string {
    return this.#kind.type
  }

  get redirected(): boolean {
    return this.#kind.redirected
  }

  clone(): Response {
    const body = cloneBody(bodies.get(this))
    const { statusText, headers } = this
    const copy = new Response(null, { statusText, headers })
    copy.#status = this.#status
    copy.#kind = this.#kind
    if (areFixed(headers)) fixHeaders(copy.#headers)
    if (body !== undefined) bodies.set(copy, body)
    return copy
  }

  get [Symbol.toStringTag](): string {
    return 'Response'
  }
}

export const received: typeof Response.received = Response.received
Reflect.deleteProperty(Response, 'received')
