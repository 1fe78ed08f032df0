import { ServerError } from '../../errors/server-error.ts'
import { readCookies } from '../web/cookies.ts'

/** What the server knows of a request besides the request. */
export interface RequestFacts {
  readonly url: URL
  readonly params: Readonly<Record<string, string | undefined>>
  readonly remoteAddress: string | undefined
  readonly body: Uint8Array | undefined
}

type Fields = Record<string, string | readonly string[]>

/** A request as handlers of the form `(req, res)` expect it: everything at hand, nothing to wait for. */
export class CompatRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly originalUrl: string
  readonly path: string
  /** Of the query; a repeated name has a list. */
  readonly query: Readonly<Fields>
  /** Of the path. */
  readonly params: Readonly<Record<string, string | undefined>>
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>
  readonly cookies: Readonly<Record<string, string | undefined>>
  readonly protocol: 'http' | 'https'
  readonly secure: boolean
  /** With the port. */
  readonly host: string
  readonly hostname: string
  /** Whether a script of a page says that it sent it. */
  readonly xhr: boolean
  /** Address of whoever connected, without the port; empty on a Unix socket. */
  readonly ip: string
  readonly userAgent: string
  /** As text; empty when there is none. */
  body: string
  /** The body byte for byte. */
  readonly bytes: Uint8Array
  /** What the body says, when its type is JSON. */
  json: unknown
  /** Fields of a body that is an URL-encoded form. */
  form: Readonly<Fields> | undefined
  /** The same request in the form of the Web standards. Its body was read already; its `signal` ends when the client goes away. */
  readonly raw: Request

  /** Throws `EK_REQUEST_MALFORMED` for a body that is not the JSON its type says. */
  constructor(raw: Request, facts: RequestFacts) {
    const { url, params, remoteAddress, body } = facts
    this.raw = raw
    this.method = raw.method
    this.path = url.pathname
    this.url = this.originalUrl = url.pathname + url.search
    this.query = fieldsOf(url.searchParams)
    this.params = params
    this.headers = Object.freeze(Object.fromEntries(raw.headers))
    this.cookies = readCookies(raw)
    this.protocol = url.protocol === 'https:' ? 'https' : 'http'
    this.secure = this.protocol === 'https'
    this.host = url.host
    this.hostname = url.hostname
    this.xhr = this.get('x-requested-with')?.toLowerCase() === 'xmlhttprequest'
    this.ip = remoteAddress ?? ''
    this.userAgent = this.get('user-agent') ?? ''
    this.bytes = body ?? new Uint8Array()
    this.body = new TextDecoder().decode(this.bytes)
    this.json = this.is('json') && this.body !== '' ? parseJson(this.body) : undefined
    this.form = this.is('application/x-www-form-urlencoded') ? fieldsOf(new URLSearchParams(this.body)) : undefined
  }

  /** A header by name. */
  get(name: string): string | undefined {
    return this.raw.headers.get(name) ?? undefined
  }

  /** Whether the body is of a type: `application/json`, `text/*`, or short, `json`. */
  is(type: string): boolean {
    const own = mediaTypeOf(this.get('content-type'))
    if (own === '') return false
    if (!type.includes('/')) return own.endsWith(`/${type}`) || own.endsWith(`+${type}`)
    return type.endsWith('/*') ? own.startsWith(type.slice(0, -1)) : own === type
  }
}

function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? ''
}

function fieldsOf(entries: URLSearchParams): Fields {
  const fields: Fields = Object.create(null) as Fields
  for (const [name, value] of entries) {
    const before = fields[name]
    fields[name] = before === undefined ? value : [before, value].flat()
  }
  return fields
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (cause) {
    throw new ServerError('EK_REQUEST_MALFORMED', 'the body is not JSON', { cause, status: 400 })
  }
}
