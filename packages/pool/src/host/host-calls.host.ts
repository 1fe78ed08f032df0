import type { HostCall, HostReply } from '../contract/engine.ts'
import { TurnoverMap } from '../util/turnover-map.ts'
import type { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import type { CallMeta, ReplyMeta } from '../wire/messages.ts'

interface PendingCall {
  readonly resolve: (reply: HostReply) => void
  readonly reject: (error: Error) => void
}

/** Calls that the programs of this host have made to the service and that are not answered. */
export class HostCalls {
  readonly #channel: Channel
  readonly #pending = new TurnoverMap<number, PendingCall>()
  #nextCallId = 1

  constructor(channel: Channel) {
    this.#channel = channel
  }

  send(stream: number, call: HostCall, signal: AbortSignal): Promise<HostReply> {
    const callId = this.#nextCallId++
    const cancel = (): void => this.#cancel(stream, callId)
    const { promise, resolve, reject } = Promise.withResolvers<HostReply>()
    this.#pending.set(callId, { resolve, reject })
    signal.addEventListener('abort', cancel, { once: true })
    const meta: CallMeta = { callId, name: call.name, meta: call.meta }
    this.#channel.send(frameKinds.call, stream, meta, call.body)
    return promise.finally(() => {
      signal.removeEventListener('abort', cancel)
      this.#pending.delete(callId)
    })
  }

  receive(frame: Frame): void {
    const { callId, meta, error } = frame.meta as ReplyMeta
    const pending = this.#pending.get(callId)
    if (error === undefined) pending?.resolve({ meta, body: frame.body })
    else pending?.reject(Object.assign(new Error(error.message), { code: error.code }))
  }

  #cancel(stream: number, callId: number): void {
    this.#channel.send(frameKinds.callCancel, stream, { callId })
    this.#pending.get(callId)?.reject(new Error('The call was cancelled'))
  }
}
