import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { PageAnswer, PageRequestIn } from '../answers/page-answer.ts'

export interface NodeHandlerOptions {
  /** Of a posted form, in bytes. */
  readonly maxBodyBytes: number
  /** Send what helps the browser before the answer is there. */
  readonly earlyHints: boolean
  /** The links of the page at a path, known without rendering it. */
  readonly hintsOf: (url: string) => readonly string[]
}

type Answer = (request: PageRequestIn) => Promise<PageAnswer>

/** Reads a request of Node's HTTP server and writes the answer, for whatever framework has both. */
export async function handleNodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  options: NodeHandlerOptions,
): Promise<void> {
  const gone = new AbortController()
  const leave = (): void => {
    if (!response.writableFinished) gone.abort()
  }
  response.once('close', leave)
  const { method = 'GET', url = '/', headers } = request
  const body = method === 'POST' ? await readBody(request, options.maxBodyBytes) : undefined
  if (body === 'too large') return writeAnswer(response, method, tooLarge)
  if (options.earlyHints && method === 'GET' && request.httpVersionMinor > 0) sendHints(response, options.hintsOf(url))
  const asked: PageRequestIn = { method, url, headers, signal: gone.signal, ...(body === undefined ? {} : { body }) }
  await writeAnswer(response, method, await answer(asked))
}

const tooLarge: PageAnswer = {
  status: 413,
  headers: [
    ['content-type', 'text/plain; charset=utf-8'],
    ['connection', 'close'],
  ],
  body: Buffer.from('The form is too large.\n'),
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | 'too large'> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.byteLength
    if (bytes > maxBytes) return 'too large'
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Only browsers that navigate ask for hints; others may not understand an informational answer (RFC 8297). */
function sendHints(response: ServerResponse, links: readonly string[]): void {
  if (links.length > 0 && response.req.headers['sec-fetch-mode'] === 'navigate')
    response.writeEarlyHints({ link: [...links] })
}

async function writeAnswer(response: ServerResponse, method: string, answer: PageAnswer): Promise<void> {
  if (response.destroyed) return discard(answer)
  const { status, headers, body } = answer
  for (const [name, value] of headers) response.appendHeader(name, value)
  response.statusCode = status
  if (body instanceof Uint8Array) {
    if (status !== 204) response.setHeader('content-length', body.byteLength)
    response.end(method === 'HEAD' ? undefined : body)
    return
  }
  if (method === 'HEAD') {
    response.end()
    return discard(answer)
  }
  try {
    await pipeline(body instanceof Readable ? body : Readable.from(body, { objectMode: false }), response)
  } catch {
    // The visitor has left, or the page broke off: the connection ends without the mark of a whole answer.
    response.destroy()
  }
}

async function discard({ body }: PageAnswer): Promise<void> {
  if (body instanceof Readable) body.destroy()
  else if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.()
}
