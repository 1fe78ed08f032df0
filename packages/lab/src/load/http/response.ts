import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { ResponseHeaders, WireAnswer } from './transport.ts'

/** An answer as hooks, captures and expectations see it. */
export interface HookResponse {
  readonly statusCode: number
  readonly headers: ResponseHeaders
  /** The body as text, decompressed. */
  readonly body: string
  readonly url: string
  readonly timings: { readonly phases: Readonly<Record<string, number>> }
}

export function toHookResponse(answer: WireAnswer, url: string): HookResponse {
  const { timing } = answer
  const sentMs = timing.sentMs ?? timing.endMs
  const firstByteMs = timing.firstByteMs ?? timing.endMs
  return {
    statusCode: answer.statusCode,
    headers: answer.headers,
    body: decompress(answer).toString('utf8'),
    url,
    timings: {
      phases: {
        dns: timing.connection?.dnsMs ?? 0,
        tcp: timing.connection?.connectMs ?? 0,
        tls: timing.connection?.tlsMs ?? 0,
        request: (timing.writtenMs ?? sentMs) - sentMs,
        firstByte: firstByteMs - (timing.writtenMs ?? sentMs),
        download: timing.endMs - firstByteMs,
        total: timing.endMs - sentMs,
      },
    },
  }
}

const decompressors: Readonly<Record<string, (data: Buffer) => Buffer>> = {
  gzip: (data) => gunzipSync(data),
  'x-gzip': (data) => gunzipSync(data),
  deflate: (data) => inflateSync(data),
  br: (data) => brotliDecompressSync(data),
  zstd: (data) => zstdDecompressSync(data),
}

/** A body that does not decompress is kept as it came: the captures will say what they did not find. */
function decompress({ headers, body }: WireAnswer): Buffer {
  const encoding = headers['content-encoding']
  if (typeof encoding !== 'string' || body.length === 0) return body
  const decode = decompressors[encoding.trim().toLowerCase()]
  if (decode === undefined) return body
  try {
    return decode(body)
  } catch {
    return body
  }
}

/** The first value of a header; names are lower case. */
export function headerOf(headers: ResponseHeaders, name: string): string | undefined {
  const value = headers[name.toLowerCase()]
  return Array.isArray(value) ? value.join(', ') : value
}
