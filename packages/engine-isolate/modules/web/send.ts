import { call, cancel } from 'evenkeel:host'
import { arriving } from './arriving.ts'
import { bodies, consume } from './body.ts'
import { exactBuffer } from './bytes.ts'
import { givenSignal, Request, type RequestInit } from './request.ts'
import { received, type Response } from './response.ts'

/** What the service tells of an answer; its body comes apart. */
interface ReplyMeta {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly (readonly [string, string])[]
  readonly url: string
  readonly redirected: boolean
  /** The body is not complete: the rest is read under this number. */
  readonly more?: number
}

/** https://fetch.spec.whatwg.org/#fetch-method. The service sends the request; a short body has arrived when this resolves. */
export async function fetch(input: unknown, init?: RequestInit): Promise<Response> {
  const request = new Request(input, init)
  const signal = givenSignal(request)
  signal?.throwIfAborted()
  const body = bodies.get(request)
  const bytes = body === undefined ? undefined : exactBuffer(await consume(body))
  signal?.throwIfAborted()
  const { url, method, redirect } = request
  const { callId, reply } = call('fetch', { url, method, redirect, headers: [...request.headers] }, bytes)
  const answer =
    signal === undefined ? await reply.catch(failed) : await unlessAborted(reply.catch(failed), signal, callId)
  const { status, statusText, headers, more, ...kind } = answer.meta as ReplyMeta
  const content = more === undefined ? answer.body : arriving(new Uint8Array(answer.body), more, signal)
  const type = 'basic'
  return received(content, { status, statusText, headers }, { type, url: kind.url, redirected: kind.redirected })
}

function failed(cause: unknown): never {
  throw new TypeError('fetch failed', { cause })
}

type Reply = ReturnType<typeof call>['reply']

function unlessAborted(reply: Reply, signal: NonNullable<ReturnType<typeof givenSignal>>, callId: number): Reply {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel(callId)
      reject(signal.reason as Error)
    }
    signal.addEventListener('abort', abort, { once: true })
    reply.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
