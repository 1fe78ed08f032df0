import type { NodeRequest } from './app-kind.host.ts'

/** Below this a compressed body is hardly smaller, in bytes. */
const leastBytes = 1_024

const textual: RegExp =
  /^(?:text\/(?!event-stream)|application\/(?:json|javascript|xml|manifest\+json|[\w.+-]+\+(?:json|xml))|image\/svg\+xml)/i

/** A response whose body is compressed, where client and content allow it and it begins with enough; else the same as it came. */
export async function compressed(response: Response, incoming: NodeRequest): Promise<Response> {
  const encoding = acceptedEncoding(incoming)
  // The body first: only then are the headers complete.
  const { body } = response
  if (encoding === undefined || body === null || !isCompressible(response, incoming)) return response
  const reader = body.getReader()
  const first = await reader.read()
  const whole = joined(first, reader)
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  headers.append('vary', 'accept-encoding')
  if ((first.value?.byteLength ?? 0) < leastBytes) return new Response(whole, { status, statusText, headers })
  headers.delete('content-length')
  headers.set('content-encoding', encoding === 'brotli' ? 'br' : encoding)
  const etag = headers.get('etag')
  // The same content in other bytes.
  if (etag?.startsWith('"') === true) headers.set('etag', `W/${etag}`)
  // The types of CompressionStream do not know brotli yet.
  const stream = new CompressionStream(encoding as 'gzip') as ReadableWritablePair<Uint8Array, Uint8Array>
  return new Response(whole.pipeThrough(stream), { status, statusText, headers })
}

type Reader = ReadableStreamDefaultReader<Uint8Array>
type ReadResult = Awaited<ReturnType<Reader['read']>>

/** A stream again, with what was read of it in front. */
function joined(first: ReadResult, reader: Reader): ReadableStream<Uint8Array> {
  let next: Promise<ReadResult> | undefined = Promise.resolve(first)
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await (next ?? reader.read())
      next = undefined
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: (reason) => reader.cancel(reason),
  })
}

function isCompressible({ headers, status }: Response, { method }: NodeRequest): boolean {
  if (method === 'HEAD' || status === 206 || headers.has('content-encoding')) return false
  if (/no-transform/i.test(headers.get('cache-control') ?? '')) return false
  return textual.test(headers.get('content-type') ?? '')
}

function acceptedEncoding({ headers }: NodeRequest): 'brotli' | 'gzip' | undefined {
  const accepted = String(headers['accept-encoding'] ?? '')
  const allows = (name: string): boolean =>
    new RegExp(`(?:^|,)\\s*${name}\\s*(?:$|,|;(?!\\s*q=0(?:\\.0*)?\\s*(?:,|$)))`, 'i').test(accepted)
  if (allows('br')) return 'brotli'
  return allows('gzip') ? 'gzip' : undefined
}
