/** How often the event loop is looked at, in milliseconds. */
const everyMs = 100

/** How late the event loop is, at no cost for whoever asks. */
export class LoopWatch implements Disposable {
  readonly #timer: NodeJS.Timeout
  #seenAtMs: number = performance.now()
  #lastDelayMs = 0

  constructor() {
    this.#timer = setInterval(() => this.#look(), everyMs)
  }

  /** Of the last look, or of the one that is overdue. */
  delayMs(nowMs: number): number {
    return Math.max(this.#lastDelayMs, nowMs - this.#seenAtMs - everyMs)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
  }

  #look(): void {
    const nowMs = performance.now()
    this.#lastDelayMs = Math.max(0, nowMs - this.#seenAtMs - everyMs)
    this.#seenAtMs = nowMs
  }
}
