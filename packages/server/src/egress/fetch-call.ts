import type { HostCall } from '@evenkeel/pool'
import { ServerError } from '../errors/server-error.ts'

/** A request as a block asks for it, checked. */
export interface FetchCall {
  readonly url: string
  readonly method: string
  readonly redirect: 'follow' | 'error' | 'manual'
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Uint8Array<ArrayBuffer>
  /** The body follows in parts. */
  readonly upload: boolean
}

/** What belongs to the connection is the gateway's. A forged `host` would get round a list of allowed hosts. */
const connectionHeaders: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const token = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const maxUrlLength = 16_384
const maxHeaders = 200

/** A block, or whoever got hold of its host, may send anything: only what has this shape goes on. */
export function parseFetchCall({ name, meta, body }: HostCall, maxRequestBytes: number): FetchCall {
  if (name !== 'fetch') throw new ServerError('EK_EGRESS_REQUEST', `there is no call "${name.slice(0, 50)}"`)
  const { url, method, redirect, headers, upload } = Object(meta) as Partial<Record<keyof FetchCall, unknown>>
  if (body.byteLength > maxRequestBytes)
    throw new ServerError(
      'EK_EGRESS_REQUEST_TOO_LARGE',
      `the request has ${body.byteLength} bytes, above the limit of ${maxRequestBytes}`,
    )
  if (typeof method !== 'string' || !token.test(method) || /^(connect|trace|track)$/i.test(method))
    throw new ServerError('EK_EGRESS_REQUEST', 'the method of the request is not valid')
  return {
    url: checkedUrl(url),
    method,
    redirect: redirect === 'manual' || redirect === 'error' ? redirect : 'follow',
    headers: checkedHeaders(headers),
    body: new Uint8Array(body),
    upload: upload === true,
  }
}

function checkedUrl(given: unknown): string {
  if (typeof given !== 'string' || given.length > maxUrlLength || !URL.canParse(given))
    throw new ServerError('EK_EGRESS_REQUEST', 'the URL of the request is not valid')
  const { protocol, username, password, href } = new URL(given)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new ServerError('EK_EGRESS_SCHEME', `requests go out by http and https, not by "${protocol.slice(0, 50)}"`)
  if (username !== '' || password !== '')
    throw new ServerError('EK_EGRESS_REQUEST', 'the URL of a request must not hold a user name or a password')
  return href
}

function checkedHeaders(given: unknown): [string, string][] {
  if (!Array.isArray(given) || given.length > maxHeaders)
    throw new ServerError('EK_EGRESS_REQUEST', `a request has at most ${maxHeaders} headers`)
  const headers = given.map((pair): [string, string] => {
    const [name, value] = Array.isArray(pair) ? (pair as unknown[]) : []
    if (typeof name !== 'string' || typeof value !== 'string' || !token.test(name))
      throw new ServerError('EK_EGRESS_REQUEST', 'a header of the request is not valid')
    return [name.toLowerCase(), value]
  })
  const sent = headers.filter(([name]) => !connectionHeaders.has(name))
  return sent.some(([name]) => name === 'user-agent') ? sent : [...sent, ['user-agent', 'evenkeel']]
}
