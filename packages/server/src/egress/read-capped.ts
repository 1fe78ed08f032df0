import { ServerError } from '../errors/server-error.ts'

/** A whole body, decoded. Stops reading, and so closes the connection, as soon as it is larger than allowed. */
export async function readCapped(body: AsyncIterable<Uint8Array> | null, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength
    if (bytes > maxBytes)
      throw new ServerError(
        'EK_EGRESS_RESPONSE_TOO_LARGE',
        `the response is larger than the limit of ${maxBytes} bytes`,
      )
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, bytes)
}
