import type { Outcome } from '../contract/outcome.ts'
import type { StreamItem } from '../contract/streams.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame, type FrameKind } from '../wire/frame.ts'
import type { StreamsMeta } from '../wire/messages.ts'
import type { ResetMeta, StreamPort } from '../wire/stream-frames.ts'
import { StreamReceiver } from '../wire/stream-receiver.ts'
import { StreamSender } from '../wire/stream-sender.ts'
import type { Refusal } from './report.ts'
import type { StreamBody } from './stream-run.ts'

/** The streams of one job, on the side of the gateway: pumps the request's body to the host and collects the answer. */
export class StreamJob implements StreamPort {
  /** Resolves with the head in an array, or with undefined when the job is over and there was none. */
  readonly head: Promise<readonly [head: unknown] | undefined>
  readonly answer: StreamReceiver
  readonly #sender: StreamSender
  readonly #body: StreamBody | undefined
  readonly #resolveHead: (head: readonly [unknown] | undefined) => void
  #channel: Channel | undefined
  #stream = 0
  #answered = false

  constructor(body: StreamBody | undefined, messages: boolean) {
    const { promise, resolve } = Promise.withResolvers<readonly [unknown] | undefined>()
    this.head = promise
    this.#resolveHead = resolve
    this.#body = body
    this.answer = new StreamReceiver(this)
    this.#sender = new StreamSender(this, messages)
  }

  /** Whether nothing of it has left: a body can be read only once. */
  get replayable(): boolean {
    return this.#body === undefined && !this.#answered
  }

  get meta(): StreamsMeta {
    return { body: this.#body !== undefined }
  }

  send(kind: FrameKind, meta?: unknown, body?: Uint8Array): void {
    this.#channel?.send(kind, this.#stream, meta, body)
  }

  /** The job is in a host: its body starts to flow. Follows the `invoke` frame. */
  attach(channel: Channel, stream: number): void {
    this.#channel = channel
    this.#stream = stream
    if (this.#body !== undefined) void pump(this.#body, this.#sender)
  }

  /** Takes a frame of these streams; says whether it was one. Throws `EK_POOL_PROTOCOL`. */
  receive(frame: Frame): boolean {
    if (frame.kind === frameKinds.head) this.#receiveHead(frame)
    else if (frame.kind === frameKinds.data) this.#receiveData(frame)
    else if (frame.kind === frameKinds.end) this.answer.end()
    else if (frame.kind === frameKinds.credit) this.#sender.grant(frame.meta)
    else if (frame.kind === frameKinds.stop) this.#sender.close()
    else if (frame.kind === frameKinds.reset) this.answer.fail(resetError((frame.meta as ResetMeta).message))
    else return false
    return true
  }

  /** The job is over. What the host sent before an `ok` stays readable. */
  settle(outcome: Outcome | Refusal): void {
    if (outcome.status === 'ok') this.answer.end()
    else this.answer.fail(resetError(`the run did not end well (${endOf(outcome)})`))
    this.#channel = undefined
    this.#sender.close()
    this.#resolveHead(undefined)
  }

  #receiveHead(frame: Frame): void {
    if (this.#answered) throw new PoolError('EK_POOL_PROTOCOL', 'a host sent two heads')
    this.#answered = true
    this.#resolveHead([frame.meta])
  }

  #receiveData(frame: Frame): void {
    if (!this.#answered) throw new PoolError('EK_POOL_PROTOCOL', 'a host sent data before the head')
    this.answer.push(frame)
  }
}

/** Sends a body as fast as the program reads it. When nobody reads any more, the source is told through its iterator's `return`. */
async function pump(body: StreamBody, sender: StreamSender): Promise<void> {
  if (typeof body === 'string' || body instanceof Uint8Array) {
    void sender.write(body)
    return sender.end()
  }
  const source: AsyncIterator<StreamItem, unknown> = body[Symbol.asyncIterator]()
  sender.closed.addEventListener('abort', () => void release(source), { once: true })
  try {
    for (let next = await source.next(); next.done !== true; next = await source.next()) {
      await sender.write(next.value)
    }
    await sender.end()
  } catch (error) {
    sender.reset(`the body of the request broke off: ${(error as Error).message}`)
  }
}

async function release(source: AsyncIterator<StreamItem, unknown>): Promise<void> {
  try {
    await source.return?.()
  } catch {
    // The source has failed by itself; nobody is left to be told.
  }
}

function endOf(outcome: Exclude<Outcome | Refusal, { status: 'ok' }>): string {
  return outcome.status === 'failed' ? `${outcome.error.type}: ${outcome.error.message}` : outcome.reason
}

function resetError(message: string): PoolError {
  return new PoolError('EK_POOL_STREAM_RESET', message)
}
