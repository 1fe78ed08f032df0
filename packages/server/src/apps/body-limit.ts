import type { NodeRequest, NodeResponse } from './host/app-kind.host.ts'
import { refuse } from './refuse.ts'

/** What is read and thrown away of a body that was refused, so that its sender reads the answer, in bytes and milliseconds. */
const lingerBytes = 512 * 1_024
const lingerMs = 1_000

/** How large bodies may be: an app's limit, and others for some of its paths. */
export class BodyLimits {
  readonly #generalBytes: number
  /** The longest path first. */
  readonly #byPath: readonly (readonly [path: string, bytes: number])[]

  /** `byPath` goes for its paths and all below them. Throws `TypeError` for a path or a size that is none. */
  constructor(generalBytes: number, byPath: Readonly<Record<string, number>> = {}) {
    this.#generalBytes = generalBytes
    this.#byPath = Object.entries(byPath)
      .map(([path, bytes]) => [checkedPath(path), checkedBytes(path, bytes)] as const)
      .toSorted(([first], [second]) => second.length - first.length)
  }

  /** `url` is a path, perhaps with a query. */
  of(url: string): number {
    if (this.#byPath.length === 0) return this.#generalBytes
    const found = this.#byPath.find(([path]) => {
      const next = url[path.length]
      return url.startsWith(path) && (next === undefined || next === '/' || next === '?')
    })
    return found?.[1] ?? this.#generalBytes
  }
}

function checkedPath(path: string): string {
  if (!path.startsWith('/')) throw new TypeError(`The path ${JSON.stringify(path)} in "bodyLimits" must begin with "/"`)
  return path.replace(/\/+$/, '')
}

function checkedBytes(path: string, bytes: unknown): number {
  if (typeof bytes === 'number' && Number.isSafeInteger(bytes) && bytes >= 0) return bytes
  throw new TypeError(
    `The limit of ${JSON.stringify(path)} in "bodyLimits" must be a whole number of bytes, not ${String(bytes)}`,
  )
}

/** Whether the announced length is above the limit. */
export function announcesTooMuch({ headers }: NodeRequest, maxBodyBytes: number): boolean {
  const length = headers['content-length']
  return length !== undefined && Number(length) > maxBodyBytes
}

/** A body without a length has to be counted as it comes. */
export function hasUnknownLength({ headers, method, httpVersionMajor }: NodeRequest): boolean {
  if (headers['transfer-encoding'] !== undefined) return true
  return httpVersionMajor === 2 && headers['content-length'] === undefined && method !== 'GET' && method !== 'HEAD'
}

/** Counts what arrives, below whoever reads it; at the limit the request is answered with 413 and its reader gets an error. */
export function limitBody(request: NodeRequest, response: NodeResponse, maxBodyBytes: number): void {
  let bytes = 0
  let over = false
  const push = request.push.bind(request)
  request.push = (chunk: Buffer | null, encoding?: BufferEncoding): boolean => {
    bytes += chunk?.length ?? 0
    // From there on nothing is read any more.
    if (over) return bytes <= maxBodyBytes + lingerBytes
    if (bytes <= maxBodyBytes) return push(chunk, encoding)
    over = true
    refuse(response, 'tooLarge', { close: true })
    lingerThenEnd(request)
    request.emit('error', Object.assign(new Error('The body is too large'), { code: 'EK_REQUEST_TOO_LARGE' }))
    return true
  }
}

/** Refuses before a byte of the body was read. */
export function refuseBody(request: NodeRequest, response: NodeResponse): void {
  refuse(response, 'tooLarge', { close: true })
  request.on('error', () => undefined)
  lingerThenEnd(request)
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > lingerBytes) request.pause()
  })
}

/**
 * A connection that is cut while its peer still sends may take the answer with it (RFC 9112 §9.6): only our half is closed with the answer, and the
 * peer gets time to read it. A stream of HTTP/2 does not cut the connection.
 */
function lingerThenEnd(request: NodeRequest): void {
  const { socket } = request
  const timer = setTimeout(() => request.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
  request.once('close', () => clearTimeout(timer))
  if (request.httpVersionMajor === 1) socket.destroySoon = () => void socket.end()
}
