import { call, callOn, cancel } from 'evenkeel:host'
import { arriving } from './arriving.ts'
import { bodies, consume, readerOf } from './body.ts'
import { exactBuffer, viewOf } from './bytes.ts'
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
  const { url, method, redirect } = request
  const head = { url, method, redirect, headers: [...request.headers] }
  const upload = readerOf(body)
  const answer =
    upload === undefined
      ? await sendWhole(head, body === undefined ? undefined : exactBuffer(await consume(body)), signal)
      : await sendParts(head, upload, signal)
  const { status, statusText, headers, more, ...kind } = answer.meta as ReplyMeta
  const content = more === undefined ? answer.body : arriving(new Uint8Array(answer.body), more, signal)
  const type = 'basic'
  return received(content, { status, statusText, headers }, { type, url: kind.url, redirected: kind.redirected })
}

type Signal = ReturnType<typeof givenSignal>

function sendWhole(head: object, bytes: ArrayBuffer | undefined, signal: Signal): Reply {
  signal?.throwIfAborted()
  const { callId, reply } = call('fetch', head, bytes)
  return unlessAborted(reply.catch(failed), signal, () => cancel(callId))
}

/** A body that is a stream leaves while it is made: the next part is asked for when the connection has taken the last. */
async function sendParts(head: object, reader: ReadableStreamDefaultReader<unknown>, signal: Signal): Reply {
  const { meta } = await sendWhole({ ...head, upload: true }, undefined, signal)
  const { upload: id } = meta as { upload: number }
  for (;;) {
    const bytes = await unlessAborted(nextPart(reader), signal, () => undefined).catch((error: unknown) => {
      callOn('write', { id, stop: true }).reply.catch(ignored)
      reader.cancel(error).catch(ignored)
      throw error
    })
    const { callId, reply } = callOn('write', { id, last: bytes === undefined }, bytes)
    const answer = await unlessAborted(reply.catch(failed), signal, () => cancel(callId)).catch((error: unknown) => {
      reader.cancel(error).catch(ignored)
      throw error
    })
    if (!('status' in (answer.meta as object))) continue
    if (bytes !== undefined) reader.cancel().catch(ignored)
    return answer
  }
}

/** Undefined at the end. */
async function nextPart(reader: ReadableStreamDefaultReader<unknown>): Promise<ArrayBuffer | undefined> {
  const { done, value } = await reader.read()
  if (done) return undefined
  const view = viewOf(value)
  if (view === undefined) throw new TypeError('A chunk of a body must be bytes')
  return exactBuffer(view)
}

function ignored(): void {
  // Nobody waits for the end of what was given up.
}

function failed(cause: unknown): never {
  throw new TypeError('fetch failed', { cause })
}

type Reply = ReturnType<typeof call>['reply']

function unlessAborted<Value>(work: Promise<Value>, signal: Signal, giveUp: () => void): Promise<Value> {
  if (signal === undefined) return work
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      giveUp()
      reject(signal.reason as Error)
    }
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
