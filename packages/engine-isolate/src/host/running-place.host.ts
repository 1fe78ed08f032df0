/** One program runs in a host at a time; those that come back from waiting, and those that were given ahead, queue here, first come, first served. */
export class RunningPlace {
  readonly #waiting = new Set<() => void>()
  #taken = false

  get free(): boolean {
    return !this.#taken
  }

  async take(): Promise<void> {
    if (this.#taken) await new Promise<void>((resolve) => this.#waiting.add(resolve))
    else this.#taken = true
  }

  /** Says whether it was taken: not when the signal aborts first. */
  async takeUnless(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return false
    if (!this.#taken) {
      this.#taken = true
      return true
    }
    return await new Promise<boolean>((resolve) => {
      const taken = (): void => {
        signal.removeEventListener('abort', aborted)
        resolve(true)
      }
      const aborted = (): void => {
        this.#waiting.delete(taken)
        resolve(false)
      }
      this.#waiting.add(taken)
      signal.addEventListener('abort', aborted, { once: true })
    })
  }

  release(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#taken = false
    else {
      this.#waiting.delete(next)
      next()
    }
  }
}
