/** How events end. */
export type Ending = 'delivered' | 'deadLettered' | 'dropped' | 'spilled'

/** The batches sealed between two flushes. A flush waits for its own epoch and all before it. */
export class Epoch {
  unsettled = 0
  readonly endings: Record<Ending, number> = { delivered: 0, deadLettered: 0, dropped: 0, spilled: 0 }
}

interface Waiter {
  readonly epoch: Epoch
  readonly resolve: () => void
}

/** Makes `flush()` a barrier: it settles when everything accepted before it has, whatever is added after. */
export class EpochLog {
  #epochs: Epoch[] = [new Epoch()]
  #waiters: Waiter[] = []

  get current(): Epoch {
    const last = this.#epochs.at(-1)
    if (last === undefined) throw new Error('an epoch log is never empty')
    return last
  }

  open(events: number): Epoch {
    this.current.unsettled += events
    return this.current
  }

  settle(epoch: Epoch, ending: Ending, events: number): void {
    epoch.unsettled -= events
    epoch.endings[ending] += events
    if (epoch.unsettled === 0) this.#retire()
  }

  /** Ends the current epoch. `settled` resolves when it and all before it have no unsettled event. */
  turn(): { readonly epochs: readonly Epoch[]; readonly settled: Promise<void> } {
    const epochs = [...this.#epochs]
    const ended = this.current
    this.#epochs.push(new Epoch())
    const settled = new Promise<void>((resolve) => this.#waiters.push({ epoch: ended, resolve }))
    this.#retire()
    return { epochs, settled }
  }

  #retire(): void {
    while (this.#epochs.length > 1 && this.#epochs[0]?.unsettled === 0) this.#epochs.shift()
    const waiting = this.#waiters.filter((waiter) => this.#epochs.includes(waiter.epoch))
    const done = this.#waiters.filter((waiter) => !waiting.includes(waiter))
    this.#waiters = waiting
    for (const waiter of done) waiter.resolve()
  }
}
