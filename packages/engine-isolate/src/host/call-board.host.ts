import ivm from 'isolated-vm'
import type { InvocationPort } from '@evenkeel/pool/engine'

/** The answer to one call, ready to enter the guest. */
export interface PostedReply {
  readonly callId: number
  /** JSON: `{ meta }` or `{ error: { message, code } }`. */
  readonly text: string
  readonly body: Uint8Array
}

/** Calls of one execution to the service, and answers that wait until the guest can be entered. */
export class CallBoard implements Disposable {
  readonly #port: InvocationPort
  readonly #open = new Map<number, AbortController>()
  readonly #replies: PostedReply[] = []
  #posted: (() => void) | undefined

  constructor(port: InvocationPort) {
    this.#port = port
  }

  /** Calls that are not answered, or whose answer has not been taken. */
  get pending(): number {
    return this.#open.size + this.#replies.length
  }

  emit(callId: number, name: string, meta: string, body: ArrayBuffer | undefined): void {
    const controller = new AbortController()
    this.#open.set(callId, controller)
    void this.#ask(
      callId,
      { name: String(name), meta, body: body === undefined ? new Uint8Array(0) : new Uint8Array(body) },
      controller.signal,
    )
  }

  cancel(callId: number): void {
    this.#open.get(callId)?.abort()
    this.#open.delete(callId)
  }

  takeReply(): PostedReply | undefined {
    return this.#replies.shift()
  }

  /** Calls back once, when there is a reply to take. */
  onPosted(posted: (() => void) | undefined): void {
    this.#posted = posted
    if (this.#replies.length > 0) posted?.()
  }

  /** The execution is over: nobody takes replies any more. */
  [Symbol.dispose](): void {
    this.#posted = undefined
    for (const controller of this.#open.values()) controller.abort()
    this.#open.clear()
  }

  async #ask(
    callId: number,
    call: { name: string; meta: string; body: Uint8Array },
    signal: AbortSignal,
  ): Promise<void> {
    try {
      // The guest is hostile: metadata that is not JSON is its own failure, not the host's.
      const reply = await this.#port.call({ ...call, meta: JSON.parse(call.meta) as unknown }, signal)
      this.#post(callId, { callId, text: JSON.stringify({ meta: reply.meta }), body: reply.body })
    } catch (error) {
      const { message, code = 'EK_POOL_CALL_FAILED' } = error as Error & { code?: string }
      this.#post(callId, { callId, text: JSON.stringify({ error: { message, code } }), body: new Uint8Array(0) })
    }
  }

  #post(callId: number, reply: PostedReply): void {
    // One that was cancelled has no reader.
    if (!this.#open.delete(callId)) return
    this.#replies.push(reply)
    this.#posted?.()
  }
}

/** A copy of bytes on its way into an isolate. */
export function bytesInto(bytes: Uint8Array): ivm.Copy<ArrayBuffer> {
  const buffer = new Uint8Array(bytes).buffer
  return new ivm.ExternalCopy(buffer, { transferOut: true }).copyInto({ release: true, transferIn: true })
}
