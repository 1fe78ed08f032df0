import type { AnswerOptions, InvocationStreams, StreamWriter } from '../contract/streams.ts'
import { PoolError } from '../errors/pool-error.ts'
import type { Channel } from '../wire/channel.ts'
import { frameKinds, type Frame } from '../wire/frame.ts'
import type { StreamsMeta } from '../wire/messages.ts'
import type { ResetMeta, StreamPort } from '../wire/stream-frames.ts'
import { StreamReceiver } from '../wire/stream-receiver.ts'
import { StreamSender } from '../wire/stream-sender.ts'

/** The streams of one invocation, on the side of the host. */
export class HostStreams implements InvocationStreams {
  readonly body: StreamReceiver
  readonly #port: StreamPort
  #writer: StreamSender | undefined

  constructor(channel: Channel, stream: number, meta: StreamsMeta) {
    this.#port = { send: (kind, frameMeta, body) => channel.send(kind, stream, frameMeta, body) }
    this.body = new StreamReceiver(this.#port)
    if (!meta.body) this.body.end()
  }

  respond(head: unknown, options: AnswerOptions = {}): StreamWriter {
    if (this.#writer !== undefined)
      throw new PoolError('EK_POOL_STREAM_CLOSED', 'the head of the answer was sent before')
    this.#port.send(frameKinds.head, head ?? null)
    this.#writer = new StreamSender(this.#port, options.messages === true)
    return this.#writer
  }

  /** Takes a frame of these streams. Throws `EK_POOL_PROTOCOL`. */
  receive(frame: Frame): void {
    if (frame.kind === frameKinds.data) this.body.push(frame)
    else if (frame.kind === frameKinds.end) this.body.end()
    else if (frame.kind === frameKinds.credit) this.#writer?.grant(frame.meta)
    else if (frame.kind === frameKinds.stop) this.#writer?.close()
    else this.body.fail(new PoolError('EK_POOL_STREAM_RESET', (frame.meta as ResetMeta).message))
  }

  /** The invocation is over. */
  close(): void {
    this.#writer?.close()
    this.body.fail(new PoolError('EK_POOL_STREAM_RESET', 'the run is over'))
  }
}
