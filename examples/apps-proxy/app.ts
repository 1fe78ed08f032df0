/** An HTTP proxy as an app: streams both ways, bounded times, and headers that belong to one connection stay on it. */
import { Agent, fetch as send, type BodyInit } from 'undici'

interface Env {
  /** Address of what is behind the proxy. */
  readonly UPSTREAM: string
}

const agent = new Agent({ connections: 64, connectTimeout: 2_000, headersTimeout: 10_000, bodyTimeout: 30_000 })
const ofOneConnection = [
  'connection',
  'keep-alive',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'host',
  'expect',
]

export default {
  async fetch(
    request: Request,
    { UPSTREAM }: Env,
    { remoteAddress = '' }: { remoteAddress?: string } = {},
  ): Promise<Response> {
    const { pathname, search } = new URL(request.url)
    const headers = new Headers(request.headers)
    const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim())
    for (const name of [...ofOneConnection, ...named]) if (name !== '') headers.delete(name)
    // What a client says of itself is not passed on: this is the first proxy it meets.
    headers.set('x-forwarded-for', remoteAddress)
    headers.delete('forwarded')
    const { method, signal, body } = request
    const init = {
      method,
      signal,
      headers: Object.fromEntries(headers),
      redirect: 'manual' as const,
      dispatcher: agent,
    }
    const streamed = body === null ? {} : ({ body: body as unknown as BodyInit, duplex: 'half' } as const)
    try {
      const answer = await send(new URL(`.${pathname}${search}`, UPSTREAM), { ...init, ...streamed })
      const passed = new Headers([...answer.headers])
      // Undici has decoded the body.
      for (const name of [...ofOneConnection, 'content-encoding', 'content-length']) passed.delete(name)
      return new Response(answer.body as unknown as ReadableStream | null, { status: answer.status, headers: passed })
    } catch (error) {
      if (signal.aborted) throw error
      return new Response('Nothing answers behind the proxy', { status: 502 })
    }
  },
}
