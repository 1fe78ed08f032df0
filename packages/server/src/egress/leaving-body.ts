import { ReadableStream, type ReadableStreamDefaultController } from 'node:stream/web'
import { ServerError } from '../errors/server-error.ts'

/** The body of a request that its block is still making: part by part, the next when the connection asks for it. */
export class LeavingBody {
  readonly stream: ReadableStream<Uint8Array>
  readonly #maxBytes: number
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #wanted: PromiseWithResolvers<void> = Promise.withResolvers<void>()
  #bytes = 0
  #over = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
    this.stream = new ReadableStream(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#wanted.resolve(),
        cancel: () => {
          this.#over = true
          this.#wanted.resolve()
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** Resolves when the connection has taken it. Rejects with `EK_EGRESS_REQUEST_TOO_LARGE`. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#bytes += bytes.byteLength
    if (this.#bytes > this.#maxBytes)
      throw new ServerError(
        'EK_EGRESS_REQUEST_TOO_LARGE',
        `the request has more bytes than the limit of ${this.#maxBytes}`,
      )
    await this.#wanted.promise
    this.#wanted = Promise.withResolvers<void>()
    if (bytes.byteLength > 0) this.#unlessOver((controller) => controller.enqueue(new Uint8Array(bytes)))
    else this.#wanted.resolve()
  }

  end(): void {
    this.#unlessOver((controller) => controller.close())
  }

  /** That the connection has ended meanwhile is told by the request itself. */
  #unlessOver(use: (controller: ReadableStreamDefaultController<Uint8Array>) => void): void {
    if (!this.#over && this.#controller !== undefined) use(this.#controller)
  }
}
