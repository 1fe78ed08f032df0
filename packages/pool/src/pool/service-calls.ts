import type { HostReply } from '../contract/engine.ts'
import type { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import type { CallMeta, ReplyMeta } from '../wire/messages.ts'
import type { Job } from './job.ts'

/** Calls of one job that wait for an answer at one time; more are refused. */
const maxConcurrentCalls = 64

/** The calls of one job to its service: counted against its limit, but for those that continue one, and aborted when the job ends. */
export class ServiceCalls implements Disposable {
  readonly #job: Job
  readonly #channel: Channel
  readonly #open = new Map<number, AbortController>()
  /** Calls that an answer has allowed, by name. */
  readonly #followUps = new Map<string, number>()
  #count = 0

  constructor(job: Job, channel: Channel) {
    this.#job = job
    this.#channel = channel
  }

  async receive(frame: Frame): Promise<void> {
    const { callId, name, meta } = frame.meta as CallMeta
    const controller = new AbortController()
    const refusal = this.#refusal(name)
    if (refusal !== undefined) return this.#answer({ callId, error: refusal })
    this.#open.set(callId, controller)
    try {
      const reply = await this.#ask({ name, meta, body: frame.body }, controller.signal)
      if (reply.followUp !== undefined)
        this.#followUps.set(reply.followUp, (this.#followUps.get(reply.followUp) ?? 0) + 1)
      this.#answer({ callId, meta: reply.meta }, reply.body)
    } catch (error) {
      this.#answer({ callId, error: safeError(error) })
    } finally {
      this.#open.delete(callId)
    }
  }

  cancel(frame: Frame): void {
    const { callId } = frame.meta as { callId: number }
    this.#open.get(callId)?.abort()
  }

  [Symbol.dispose](): void {
    for (const controller of this.#open.values()) controller.abort()
  }

  #refusal(name: string): ReplyMeta['error'] | undefined {
    const { hostCalls } = this.#job.request.limits
    if (!this.#takeFollowUp(name)) {
      this.#count += 1
      if (this.#count > hostCalls)
        return { code: 'EK_POOL_CALL_LIMIT', message: `More than ${hostCalls} requests in one run` }
    }
    if (this.#open.size < maxConcurrentCalls) return undefined
    return { code: 'EK_POOL_CALL_LIMIT', message: `More than ${maxConcurrentCalls} requests at one time` }
  }

  #takeFollowUp(name: string): boolean {
    const left = this.#followUps.get(name) ?? 0
    if (left > 0) this.#followUps.set(name, left - 1)
    return left > 0
  }

  #ask(call: { name: string; meta: unknown; body: Uint8Array }, signal: AbortSignal): Promise<HostReply> {
    const { onCall } = this.#job.request
    if (onCall === undefined)
      return Promise.reject(
        Object.assign(new Error(`The call "${call.name}" is not offered here`), { code: 'EK_POOL_CALL_UNKNOWN' }),
      )
    return onCall(call, signal)
  }

  #answer(meta: ReplyMeta, body?: Uint8Array): void {
    if (!this.#job.settled) this.#channel.send(frameKinds.reply, this.#job.id, meta, body)
  }
}

/** Only errors that the service coded for the program get through; of others, nothing but the fact. */
function safeError(error: unknown): { message: string; code: string } {
  const { code, message } = error as { code?: unknown; message?: unknown }
  if (typeof code === 'string' && code.startsWith('EK_') && typeof message === 'string') return { code, message }
  return { code: 'EK_POOL_CALL_FAILED', message: 'The request failed for a reason inside the server' }
}
