/** Ticks at multiples of its interval since its start: unlike `setInterval`, it never drifts, as a ticker of Go does not. */
export class Ticker {
  readonly #intervalMs: number
  readonly #run: () => void
  readonly #startedAt: number = performance.now()
  #timer: NodeJS.Timeout
  #ticks = 1

  constructor(intervalMs: number, run: () => void) {
    this.#intervalMs = intervalMs
    this.#run = run
    this.#timer = this.#arm()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #arm(): NodeJS.Timeout {
    const dueAt = this.#startedAt + this.#ticks * this.#intervalMs
    return setTimeout(() => {
      this.#ticks += 1
      this.#timer = this.#arm()
      this.#run()
    }, dueAt - performance.now())
  }
}
