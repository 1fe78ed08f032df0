import { callOn, cancel } from 'evenkeel:host'
import type { AbortSignal } from './abort.ts'
import { streams } from './lazy.ts'

interface ByteController {
  readonly byobRequest: { respond(bytes: number): void } | null
  enqueue(chunk: Uint8Array): void
  close(): void
  error(reason: unknown): void
}

/** A body that is still on its way: what has arrived, and the rest as it is read. */
export function arriving(first: Uint8Array, id: number, signal: AbortSignal | undefined): ReadableStream<Uint8Array> {
  const { ReadableStream } = streams()
  let ready: Uint8Array | undefined = first.byteLength === 0 ? undefined : first
  let reading: number | undefined
  const give = (controller: ByteController, bytes: Uint8Array, done: boolean): void => {
    if (bytes.byteLength > 0) controller.enqueue(bytes)
    if (!done) return
    controller.close()
    if (bytes.byteLength === 0) controller.byobRequest?.respond(0)
  }
  const start = (controller: ByteController): void =>
    signal?.addEventListener('abort', () => {
      if (reading !== undefined) cancel(reading)
      controller.error(signal.reason)
    })
  const pull = async (controller: ByteController): Promise<void> => {
    if (ready !== undefined) {
      const bytes = ready
      ready = undefined
      return give(controller, bytes, false)
    }
    const { callId, reply } = callOn('read', { id })
    reading = callId
    const { meta, body } = await reply.catch(terminated)
    reading = undefined
    give(controller, new Uint8Array(body), (meta as { done: boolean }).done)
  }
  const source = {
    type: 'bytes',
    start,
    pull,
    cancel: () => void callOn('read', { id, stop: true }).reply.catch(ignored),
  }
  return new ReadableStream(source as never) as unknown as ReadableStream<Uint8Array>
}

function terminated(cause: unknown): never {
  throw new TypeError('terminated', { cause })
}

function ignored(): void {
  // Nobody waits for the end of what was given up.
}
