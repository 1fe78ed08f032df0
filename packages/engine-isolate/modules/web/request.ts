import type { AbortSignal } from './abort.ts'
import { Body, bodies, cloneBody, extractBody, moveBody } from './body.ts'
import { tagOf } from './bytes.ts'
import { Headers } from './headers.ts'
import { url } from './lazy.ts'

export interface RequestInit {
  method?: string
  headers?: unknown
  body?: unknown
  redirect?: string
  signal?: AbortSignal | null
  [other: string]: unknown
}

const normalized: ReadonlySet<string> = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** https://fetch.spec.whatwg.org/#request-class */
export class Request extends Body {
  readonly #url: string
  readonly #method: string
  readonly #headers: Headers
  readonly #redirect: string
  readonly #options: Readonly<Record<string, string>>
  #signal: AbortSignal | undefined

  constructor(input: unknown, init: RequestInit = {}) {
    super()
    if (arguments.length === 0)
      throw new TypeError("Failed to construct 'Request': 1 argument required, but only 0 present")
    const source = tagOf(input) === 'Request' ? (input as Request) : undefined
    const given = init ?? {}
    this.#url = source?.url ?? parseUrl(input)
    this.#method = given.method === undefined ? (source?.method ?? 'GET') : methodOf(given.method)
    this.#redirect = redirectOf(given.redirect ?? source?.redirect ?? 'follow')
    this.#headers = new Headers(given.headers ?? source?.headers)
    this.#signal = given.signal === undefined ? source?.signal : (given.signal ?? undefined)
    if (this.#signal !== undefined && tagOf(this.#signal) !== 'AbortSignal')
      throw new TypeError('The "signal" must be an AbortSignal')
    this.#options = otherOptions(given, source)
    this.#takeBody(given, source)
  }

  #takeBody(init: RequestInit, source: Request | undefined): void {
    const given = init.body ?? undefined
    const inherited = source === undefined ? undefined : bodies.get(source)
    if (given === undefined && inherited === undefined) return
    if (this.#method === 'GET' || this.#method === 'HEAD')
      throw new TypeError('A request with the method GET or HEAD cannot have a body')
    if (given === undefined && inherited !== undefined) {
      bodies.set(this, moveBody(inherited))
      return
    }
    const { state, type } = extractBody(given)
    bodies.set(this, state)
    if (type !== null && !this.#headers.has('content-type')) this.#headers.set('content-type', type)
  }

  get url(): string {
    return this.#url
  }

  get method(): string {
    return this.#method
  }

  get headers(): Headers {
    return this.#headers
  }

  get redirect(): string {
    return this.#redirect
  }

  get signal(): AbortSignal {
    this.#signal ??= new (AbortController as unknown as new () => { signal: AbortSignal })().signal
    return this.#signal
  }

  /** The signal that was given, for who only needs to know whether there is one. */
  static givenSignal(request: Request): AbortSignal | undefined {
    return request.#signal
  }

  get mode(): string {
    return this.#options['mode'] ?? 'cors'
  }

  get credentials(): string {
    return this.#options['credentials'] ?? 'same-origin'
  }

  get cache(): string {
    return this.#options['cache'] ?? 'default'
  }

  get referrer(): string {
    return this.#options['referrer'] ?? 'about:client'
  }

  get referrerPolicy(): string {
    return this.#options['referrerPolicy'] ?? ''
  }

  get integrity(): string {
    return this.#options['integrity'] ?? ''
  }

  get destination(): string {
    return ''
  }

  get keepalive(): boolean {
    return false
  }

  get duplex(): string {
    return 'half'
  }

  clone(): Request {
    const body = cloneBody(bodies.get(this))
    const { method, headers, redirect } = this
    const copy = new Request(this.#url, { ...this.#options, method, headers, redirect, signal: this.signal })
    if (body !== undefined) bodies.set(copy, body)
    return copy
  }

  get [Symbol.toStringTag](): string {
    return 'Request'
  }
}

export const givenSignal: typeof Request.givenSignal = Request.givenSignal
Reflect.deleteProperty(Request, 'givenSignal')

function parseUrl(input: unknown): string {
  const { URL } = url()
  let parsed: InstanceType<typeof URL>
  try {
    parsed = new URL(String(input))
  } catch (cause) {
    throw new TypeError(`Failed to parse URL from ${String(input).slice(0, 500)}`, { cause })
  }
  if (parsed.username !== '' || parsed.password !== '')
    throw new TypeError('A request cannot be made of a URL that holds credentials')
  return parsed.href
}

function methodOf(value: unknown): string {
  const method = String(value)
  const upper = method.toUpperCase()
  if (!/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(method))
    throw new TypeError(`"${method.slice(0, 100)}" is not a valid HTTP method`)
  if (['CONNECT', 'TRACE', 'TRACK'].includes(upper)) throw new TypeError(`The HTTP method ${upper} is not supported`)
  return normalized.has(upper) ? upper : method
}

function redirectOf(value: unknown): string {
  const redirect = String(value)
  if (['follow', 'error', 'manual'].includes(redirect)) return redirect
  throw new TypeError(`"${redirect.slice(0, 100)}" is no redirect mode`)
}

const names = ['mode', 'credentials', 'cache', 'referrer', 'referrerPolicy', 'integrity'] as const

/** What belongs to pages is kept and does nothing, but only values that the standard has. */
const values: Readonly<Record<string, readonly string[]>> = {
  mode: ['same-origin', 'no-cors', 'cors'],
  credentials: ['omit', 'same-origin', 'include'],
  cache: ['default', 'no-store', 'reload', 'no-cache', 'force-cache', 'only-if-cached'],
  referrerPolicy: [
    '',
    'no-referrer',
    'no-referrer-when-downgrade',
    'same-origin',
    'origin',
    'strict-origin',
    'origin-when-cross-origin',
    'strict-origin-when-cross-origin',
    'unsafe-url',
  ],
}

function otherOptions(init: RequestInit, source: Request | undefined): Record<string, string> {
  const options: Record<string, string> = {}
  for (const name of names) {
    const value = init[name] ?? source?.[name]
    if (value === undefined) continue
    options[name] = String(value)
    if (values[name]?.includes(options[name]) === false) throw wrongOption(name, options[name])
  }
  if ((init['window'] ?? null) !== null) throw wrongOption('window', init['window'])
  if ((init['duplex'] ?? 'half') !== 'half') throw wrongOption('duplex', init['duplex'])
  if (options['cache'] === 'only-if-cached' && options['mode'] !== 'same-origin')
    throw new TypeError('The cache mode "only-if-cached" goes with the mode "same-origin" alone')
  return options
}

function wrongOption(name: string, value: unknown): TypeError {
  return new TypeError(
    `${JSON.stringify(String(value).slice(0, 100))} is no value for the option "${name}" of a request`,
  )
}
