/** One program runs in a host at a time; those that come back from waiting queue here, first come, first served. */
export class RunningPlace {
  readonly #waiting: (() => void)[] = []
  #taken = false

  get free(): boolean {
    return !this.#taken
  }

  async take(): Promise<void> {
    if (!this.#taken) {
      this.#taken = true
      return
    }
    await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  release(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#taken = false
    else next()
  }
}
