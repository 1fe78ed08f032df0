import { ServerError } from '../../errors/server-error.ts'

/** Reads the body whole; `undefined` when there is none. Rejects with `EK_REQUEST_TOO_LARGE` above the limit, without reading the rest. */
export async function readBody(request: Request, maxBytes: number): Promise<Uint8Array | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > maxBytes) throw tooLarge(maxBytes)
  if (request.body === null) return undefined
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw tooLarge(maxBytes)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function tooLarge(maxBytes: number): ServerError {
  return new ServerError('EK_REQUEST_TOO_LARGE', `the body has more than ${maxBytes} bytes`, { status: 413 })
}
