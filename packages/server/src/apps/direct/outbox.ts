/** Messages for one runtime, read by the stream that carries them. */
export class Outbox implements AsyncIterable<string> {
  readonly #waiting: string[] = []
  #wake: (() => void) | undefined
  #closed = false

  push(message: unknown): void {
    if (this.#closed) return
    this.#waiting.push(JSON.stringify(message))
    this.#wake?.()
  }

  close(): void {
    this.#closed = true
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for (;;) {
      const next = this.#waiting.shift()
      if (next !== undefined) yield next
      else if (this.#closed) return
      else {
        const { promise, resolve } = Promise.withResolvers<void>()
        this.#wake = resolve
        await promise
      }
    }
  }
}
