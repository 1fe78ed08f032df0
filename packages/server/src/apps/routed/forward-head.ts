import type { IncomingMessage } from 'node:http'
import { busyHeader } from '../busy-header.ts'
import { movingHeader } from '../socket-move.ts'
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
  movingHeader,
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

export interface ReturnedHead {
  /** As the visitor gets them. */
  readonly headers: string[]
  /** How long the answer kept the runtime busy, in milliseconds. */
  readonly busyMs: number
  /** Of the body, where it says so. */
  readonly announcedBytes: number | undefined
}

/** The head of an answer. */
export function returnedHead(raw: readonly (Buffer | string)[]): ReturnedHead {
  const headers: string[] = []
  let busyMs = 0
  let announcedBytes: number | undefined
  for (let index = 0; index < raw.length; index += 2) {
    const name = text(raw[index])
    const lower = name.toLowerCase()
    if (lower === busyHeader) busyMs = Number(text(raw[index + 1])) || 0
    else if (!answerDropped.has(lower)) {
      const value = text(raw[index + 1])
      if (lower === 'content-length') announcedBytes = Number(value)
      headers.push(name, value)
    }
  }
  return { headers, busyMs, announcedBytes }
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
