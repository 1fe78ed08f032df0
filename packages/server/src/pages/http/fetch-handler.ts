import { Readable } from 'node:stream'
import type { PageAnswer, PageRequestIn } from '../answers/page-answer.ts'

type Answer = (request: PageRequestIn) => Promise<PageAnswer>

/** Answers a request of the Fetch standard. */
export async function fetchAnswer(
  request: Request,
  answer: Answer,
  { maxBodyBytes }: { readonly maxBodyBytes: number },
): Promise<Response> {
  const { method, headers, signal } = request
  const { pathname, search, host } = new URL(request.url)
  const body = method === 'POST' ? new Uint8Array(await request.arrayBuffer()) : undefined
  if (body !== undefined && body.byteLength > maxBodyBytes)
    return new Response('The form is too large.\n', { status: 413 })
  const asked: PageRequestIn = {
    method,
    url: pathname + search,
    headers: { host, ...Object.fromEntries(headers) },
    signal,
    ...(body === undefined ? {} : { body }),
  }
  const made = await answer(asked)
  const list = made.headers.map(([name, value]): [string, string] => [name, value])
  const hasBody = method !== 'HEAD' && made.status !== 204 && made.status !== 304
  return new Response(hasBody ? bodyOf(made) : null, { status: made.status, headers: list })
}

function bodyOf({ body }: PageAnswer): ConstructorParameters<typeof Response>[0] {
  if (body instanceof Uint8Array) return Uint8Array.from(body)
  const source = body instanceof Readable ? body : Readable.from(body, { objectMode: false })
  return Readable.toWeb(source) as unknown as ConstructorParameters<typeof Response>[0]
}
