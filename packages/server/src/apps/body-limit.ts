import type { NodeRequest, NodeResponse } from './host/app-kind.host.ts'
import { refuse } from './refuse.ts'

/** What is read and thrown away of a body that was refused, so that its sender reads the answer, in bytes and milliseconds. */
const lingerBytes = 512 * 1_024
const lingerMs = 1_000

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
    if (over) return bytes <= maxBodyBytes + lingerBytes || (request.destroy(), false)
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
    if (bytes > lingerBytes) request.destroy()
  })
}

/** A connection that is cut while its peer still sends may take the answer with it (RFC 9112 §9.6). */
function lingerThenEnd(request: NodeRequest): void {
  const timer = setTimeout(() => request.destroy(), lingerMs)
  request.once('close', () => clearTimeout(timer))
}
