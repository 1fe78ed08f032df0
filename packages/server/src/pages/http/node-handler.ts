import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { Readable } from 'node:stream'
import type { PageAnswer, PageRequestIn } from '../answers/page-answer.ts'
import type { HeaderList } from '../render/messages.ts'

export interface NodeHandlerOptions {
  /** Of a posted form, in bytes. */
  readonly maxBodyBytes: number
  /** Send what helps the browser before the answer is there. */
  readonly earlyHints: boolean
  /** The links of the page at a path, known without rendering it. */
  readonly hintsOf: (url: string) => readonly string[]
  /** Sent with every answer. */
  readonly headers?: HeaderList
}

type Answer = (request: PageRequestIn) => Promise<PageAnswer>

/** Reads a request of Node's HTTP server and writes the answer, for whatever framework has both. */
export async function handleNodeRequest(
  request: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  options: NodeHandlerOptions,
): Promise<void> {
  const { method = 'GET', url = '/', headers } = request
  const body = method === 'POST' ? await readBody(request, options.maxBodyBytes) : undefined
  const { headers: own = [] } = options
  if (body === 'too large') return writeAnswer(response, { method, own }, tooLarge)
  if (options.earlyHints && method === 'GET' && request.httpVersion !== '1.0') sendHints(response, options.hintsOf(url))
  await writeAnswer(response, { method, own }, await answer(new AskedPage({ method, url, headers, body }, response)))
}

interface AskedParts extends Pick<PageRequestIn, 'method' | 'url' | 'headers'> {
  readonly body: Uint8Array | undefined
}

/** Most pages never look at the signal, which is dear. */
class AskedPage implements PageRequestIn {
  readonly method: string
  readonly url: string
  readonly headers: PageRequestIn['headers']
  readonly body?: Uint8Array
  readonly #response: ServerResponse
  #signal: AbortSignal | undefined

  constructor({ method, url, headers, body }: AskedParts, response: ServerResponse) {
    this.method = method
    this.url = url
    this.headers = headers
    if (body !== undefined) this.body = body
    this.#response = response
  }

  get signal(): AbortSignal {
    this.#signal ??= signalOf(this.#response)
    return this.#signal
  }
}

/** Aborted when the connection ends before the answer does. */
function signalOf(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  const leave = (): void => {
    if (!response.writableFinished) gone.abort()
  }
  if (response.destroyed) leave()
  else response.once('close', leave)
  return gone.signal
}

type KeptAnswer = (request: PageRequestIn) => PageAnswer | undefined

/** Answers from a kept copy in the same turn. False when there is none: nothing is done then. */
export function handleKept(
  request: IncomingMessage,
  response: ServerResponse,
  { kept, own }: { readonly kept: KeptAnswer; readonly own: HeaderList },
): boolean {
  const { method = 'GET', url = '/', headers } = request
  if (method !== 'GET' && method !== 'HEAD') return false
  const answer = kept({ method, url, headers })
  if (answer === undefined || !(answer.body instanceof Uint8Array)) return false
  writeWhole(response, { method, own }, { ...answer, body: answer.body })
  return true
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

async function writeAnswer(
  response: ServerResponse,
  { method, own }: { readonly method: string; readonly own: HeaderList },
  answer: PageAnswer,
): Promise<void> {
  if (response.destroyed) return discard(answer)
  const { status, headers, body } = answer
  if (body instanceof Uint8Array) return writeWhole(response, { method, own }, { status, headers, body })
  response.writeHead(status, [...headers, ...own].flat())
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

/** One list is written as it is; headers that are set one by one are checked, sorted in and looked up again. */
function writeWhole(
  response: ServerResponse,
  { method, own }: { readonly method: string; readonly own: HeaderList },
  { status, headers, body }: { readonly status: number; readonly headers: HeaderList; readonly body: Uint8Array },
): void {
  const list = [...headers, ...own].flat()
  if (status !== 204 && status !== 304) list.push('content-length', String(body.byteLength))
  response.writeHead(status, list).end(method === 'HEAD' ? undefined : body)
}

async function discard({ body }: PageAnswer): Promise<void> {
  if (body instanceof Readable) body.destroy()
  else if (!(body instanceof Uint8Array)) await body[Symbol.asyncIterator]().return?.()
}
