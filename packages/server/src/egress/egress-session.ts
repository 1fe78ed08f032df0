import type { ReadableStream } from 'node:stream/web'
import type { HostCall, HostReply } from '@evenkeel/pool'
import type { Response } from 'undici'
import { ServerError } from '../errors/server-error.ts'
import { ArrivingBody } from './arriving-body.ts'
import { egressError } from './egress-error.ts'
import type { ResolvedEgressPolicy } from './egress-policy.ts'
import { parseFetchCall, type FetchCall } from './fetch-call.ts'
import { LeavingBody } from './leaving-body.ts'

/** A body that does not arrive with its head is read by calls of this name. */
const readCall = 'read'

/** A body that the block still makes is sent by calls of this name; the last is answered with the head of the response. */
const writeCall = 'write'

const noBytes = new Uint8Array(0)

export type OutgoingBody = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

/** Sends one request, redirects and all. */
export type Send = (request: FetchCall, body: OutgoingBody, signal: AbortSignal) => Promise<Response>

interface Upload {
  readonly body: LeavingBody
  readonly reply: Promise<HostReply>
  stop(): void
}

/** The requests of one run, and the bodies that are still on their way to it. */
export class EgressSession implements Disposable {
  readonly #policy: ResolvedEgressPolicy
  readonly #send: Send
  readonly #over = new AbortController()
  readonly #bodies = new Map<number, ArrivingBody>()
  readonly #uploads = new Map<number, Upload>()
  #requests = 0

  constructor(policy: ResolvedEgressPolicy, send: Send) {
    this.#policy = policy
    this.#send = send
  }

  /** Requests that were asked for; reading or writing on is none. */
  get requests(): number {
    return this.#requests
  }

  /** Rejects with a `ServerError` whose message is fit for the block. */
  answer(call: HostCall, signal: AbortSignal): Promise<HostReply> {
    if (call.name === readCall) return this.#read(call.meta, signal)
    return call.name === writeCall ? this.#write(call, signal) : this.#fetch(call, signal)
  }

  /** Whatever is open ends, on the wire too. */
  [Symbol.dispose](): void {
    this.#bodies.clear()
    this.#uploads.clear()
    // An abort makes an error with its stack; most runs send no request.
    if (this.#requests > 0) this.#over.abort()
  }

  async #fetch(call: HostCall, signal: AbortSignal): Promise<HostReply> {
    this.#requests += 1
    const id = this.#requests
    const { maxRequestBytes } = this.#policy
    const request = parseFetchCall(call, maxRequestBytes)
    if (!request.upload) return this.#exchange(id, { request, body: request.body }, signal)
    const body = new LeavingBody(maxRequestBytes)
    const stopping = new AbortController()
    const reply = this.#exchange(id, { request, body: body.stream }, stopping.signal)
    // It may fail before the block asks for it.
    reply.catch(() => undefined)
    this.#uploads.set(id, { body, reply, stop: () => stopping.abort() })
    return { meta: { upload: id }, body: noBytes, followUp: writeCall }
  }

  async #exchange(
    id: number,
    { request, body: outgoing }: { readonly request: FetchCall; readonly body: OutgoingBody },
    signal: AbortSignal,
  ): Promise<HostReply> {
    const { maxResponseBytes, timeoutMs } = this.#policy
    const timeout = AbortSignal.timeout(timeoutMs)
    const failed = (error: unknown): ServerError => egressError(error, timeout.aborted ? timeoutMs : undefined)
    try {
      const response = await this.#send(request, outgoing, AbortSignal.any([signal, timeout, this.#over.signal]))
      const body = new ArrivingBody(response.body, { maxBytes: maxResponseBytes, failed })
      const { bytes, done } = await body.withHead()
      const { status, statusText, url, redirected } = response
      const meta = { status, statusText, headers: [...response.headers], url, redirected }
      if (done) return { meta, body: bytes }
      this.#bodies.set(id, body)
      return { meta: { ...meta, more: id }, body: bytes, followUp: readCall }
    } catch (error) {
      throw failed(error)
    }
  }

  /** A part of a body, or its end. A response that comes before the end is the answer to the part. */
  async #write({ meta, body: bytes }: HostCall, signal: AbortSignal): Promise<HostReply> {
    const { id, last, stop } = Object(meta) as { id?: unknown; last?: unknown; stop?: unknown }
    const upload = typeof id === 'number' ? this.#uploads.get(id) : undefined
    if (typeof id !== 'number' || upload === undefined)
      throw new ServerError('EK_EGRESS_REQUEST', 'there is no such body to write')
    const leave = (): void => {
      this.#uploads.delete(id)
      upload.stop()
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      if (stop === true) leave()
      else if (last === true) upload.body.end()
      else if ((await Promise.race([upload.body.write(bytes), upload.reply])) === undefined)
        return { meta: {}, body: noBytes, followUp: writeCall }
      if (stop !== true) this.#uploads.delete(id)
      return stop === true ? { meta: {}, body: noBytes } : await upload.reply
    } catch (error) {
      leave()
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }

  async #read(meta: unknown, signal: AbortSignal): Promise<HostReply> {
    const { id, stop } = Object(meta) as { id?: unknown; stop?: unknown }
    const body = typeof id === 'number' ? this.#bodies.get(id) : undefined
    if (typeof id !== 'number' || body === undefined)
      throw new ServerError('EK_EGRESS_REQUEST', 'there is no such body to read')
    const leave = (): void => {
      this.#bodies.delete(id)
      body.stop()
    }
    if (stop === true) {
      leave()
      return { meta: { done: true }, body: noBytes }
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      const { bytes, done } = await body.next()
      if (done) this.#bodies.delete(id)
      return { meta: { done }, body: bytes, ...(done ? {} : { followUp: readCall }) }
    } catch (error) {
      leave()
      throw error
    } finally {
      signal.removeEventListener('abort', leave)
    }
  }
}
