import type { GuestReply, GuestState } from './state.guest.ts'
import { primordials } from './primordials.guest.ts'

export interface ServiceCall {
  readonly name: string
  readonly meta: unknown
  readonly body?: ArrayBuffer | undefined
  /** Continues an earlier call, which was counted. */
  readonly continues?: boolean
}

/** Calls the service outside the isolate, such as `fetch`. Rejects with an error that has a `code` when the service refuses. */
export function callService(
  state: GuestState,
  { name, meta, body, continues = false }: ServiceCall,
): { callId: number; reply: Promise<GuestReply> } {
  const callId = state.calls.nextId++
  if (state.calls.left <= 0 && !continues) {
    const refusal = Object.assign(new Error('Too many requests in one run'), { code: 'EK_POOL_CALL_LIMIT' })
    return { callId, reply: Promise.reject(refusal) }
  }
  if (!continues) state.calls.left -= 1
  const reply = new Promise<GuestReply>((resolve, reject) => {
    state.calls.waiting.set(callId, { resolve, reject })
    state.calls.changed()
  })
  state.calls.emit(callId, name, primordials.jsonStringify(meta), body)
  return { callId, reply }
}

/** Gives a call up: its promise stays unsettled, the service is told. */
export function cancelCall(state: GuestState, callId: number): void {
  if (!state.calls.waiting.delete(callId)) return
  state.calls.changed()
  state.calls.emitCancel(callId)
}

/** The service has answered. `text` is JSON: `{ meta }` or `{ error: { message, code } }`. */
export function receiveReply(state: GuestState, callId: number, text: string, body: ArrayBuffer): void {
  const call = state.calls.waiting.get(callId)
  state.calls.waiting.delete(callId)
  const { meta, error } = primordials.jsonParse(text) as { meta?: unknown; error?: { message: string; code: string } }
  if (error === undefined) call?.resolve({ meta, body })
  else call?.reject(Object.assign(new Error(error.message), { code: error.code }))
}
