import type { IncomingMessage } from 'node:http'
import { siblingHeader } from '../sibling-call.ts'

/** Headers of one connection only (RFC 9110 §7.6.1), and what the gateway says itself. */
const dropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-prefix',
  'x-real-ip',
  siblingHeader,
])

export interface Visitor {
  /** Addresses that the request came through, the visitor's first. */
  readonly forwardedFor: string
  /** Of the visitor. */
  readonly address: string
  readonly protocol: 'http' | 'https'
}

/** The head of a request as a runtime gets it: names and values in turn, as they came, less those of the connection. */
export function forwardedHeaders(request: IncomingMessage, visitor: Visitor, mount: string): string[] {
  const { rawHeaders, headers } = request
  const alsoDropped = connectionNames(headers.connection)
  const result: string[] = []
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? ''
    const lower = name.toLowerCase()
    if (!dropped.has(lower) && alsoDropped?.has(lower) !== true) result.push(name, rawHeaders[index + 1] ?? '')
  }
  result.push('x-forwarded-for', visitor.forwardedFor, 'x-real-ip', visitor.address)
  result.push('x-forwarded-proto', visitor.protocol, 'x-forwarded-host', headers.host ?? '')
  if (mount !== '') result.push('x-forwarded-prefix', mount)
  return result
}

/** The head of an answer as the visitor gets it. */
export function returnedHeaders(raw: readonly (Buffer | string)[]): string[] {
  const result: string[] = []
  for (let index = 0; index < raw.length; index += 2) {
    const name = text(raw[index])
    if (!answerDropped.has(name.toLowerCase())) result.push(name, text(raw[index + 1]))
  }
  return result
}

const answerDropped: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])

function text(value: Buffer | string | undefined): string {
  return typeof value === 'string' ? value : (value?.toString('latin1') ?? '')
}

function connectionNames(value: string | undefined): ReadonlySet<string> | undefined {
  if (value === undefined || /^(?:keep-alive|close|upgrade)$/i.test(value)) return undefined
  return new Set(value.toLowerCase().split(/\s*,\s*/))
}

/** The path below a mount, with its query. */
export function pathBelow(url: string, mount: string): string {
  const rest = url.slice(mount.length)
  return rest.startsWith('/') ? rest : `/${rest}`
}
