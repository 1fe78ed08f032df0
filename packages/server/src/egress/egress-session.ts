import type { HostCall, HostReply } from '@evenkeel/pool'
import type { Response } from 'undici'
import { ServerError } from '../errors/server-error.ts'
import { ArrivingBody } from './arriving-body.ts'
import { egressError } from './egress-error.ts'
import type { ResolvedEgressPolicy } from './egress-policy.ts'
import { parseFetchCall, type FetchCall } from './fetch-call.ts'

/** A body that does not arrive with its head is read by calls of this name. */
const readCall = 'read'

/** Sends one request, redirects and all. */
export type Send = (request: FetchCall, signal: AbortSignal) => Promise<Response>

/** The requests of one run, and the bodies that are still on their way to it. */
export class EgressSession implements Disposable {
  readonly #policy: ResolvedEgressPolicy
  readonly #send: Send
  readonly #over = new AbortController()
  readonly #bodies = new Map<number, ArrivingBody>()
  #requests = 0

  constructor(policy: ResolvedEgressPolicy, send: Send) {
    this.#policy = policy
    this.#send = send
  }

  /** Requests that were asked for; reading on is none. */
  get requests(): number {
    return this.#requests
  }

  /** Rejects with a `ServerError` whose message is fit for the block. */
  answer(call: HostCall, signal: AbortSignal): Promise<HostReply> {
    return call.name === readCall ? this.#read(call.meta, signal) : this.#fetch(call, signal)
  }

  /** Whatever is open ends, on the wire too. */
  [Symbol.dispose](): void {
    this.#bodies.clear()
    // An abort makes an error with its stack; most runs send no request.
    if (this.#requests > 0) this.#over.abort()
  }

  async #fetch(call: HostCall, signal: AbortSignal): Promise<HostReply> {
    this.#requests += 1
    const id = this.#requests
    const { maxRequestBytes, maxResponseBytes, timeoutMs } = this.#policy
    const request = parseFetchCall(call, maxRequestBytes)
    const timeout = AbortSignal.timeout(timeoutMs)
    const failed = (error: unknown): ServerError => egressError(error, timeout.aborted ? timeoutMs : undefined)
    try {
      const response = await this.#send(request, AbortSignal.any([signal, timeout, this.#over.signal]))
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
      return { meta: { done: true }, body: new Uint8Array(0) }
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
