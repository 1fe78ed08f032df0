import type { IncomingMessage } from 'node:http'
import { Compile } from 'typebox/compile'
import { ServerError } from '../../errors/server-error.ts'
import { purgeBody } from '../cache/purge-body.ts'
import type { Purge } from '../cache/page-cache.ts'

/** Of names, in bytes. */
const maxBytes = 1_048_576

const validator = Compile(purgeBody)

/** What a request's body says is to be purged. Throws `EK_REQUEST_TOO_LARGE`, `EK_REQUEST_MALFORMED` or `EK_REQUEST_INVALID`. */
export async function purgeOf(request: IncomingMessage): Promise<Purge> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > maxBytes)
      throw new ServerError('EK_REQUEST_TOO_LARGE', `the body is larger than ${maxBytes} bytes`, { status: 413 })
    chunks.push(chunk)
  }
  const what = parse(Buffer.concat(chunks).toString())
  if (validator.Check(what)) return what as Purge
  throw new ServerError('EK_REQUEST_INVALID', 'the body must be { "tags": […], "paths": […] } with lists of text')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new ServerError('EK_REQUEST_MALFORMED', 'the body is no JSON')
  }
}
