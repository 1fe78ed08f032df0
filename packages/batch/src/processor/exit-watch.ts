import { writeSync } from 'node:fs'

/** What the end of the process asks of a processor. */
export interface Endable {
  /** Events accepted so far. */
  readonly accepted: number
  /** Events that are neither settled nor on disk. */
  readonly pending: number
  /** Delivers what it can within its deadline. */
  drain(): Promise<unknown>
  /** Writes what is left to disk. Returns how many events nobody keeps. */
  abandon(): number
}

type Signal = 'SIGTERM' | 'SIGINT'
const signals: readonly Signal[] = ['SIGTERM', 'SIGINT']

/**
 * Watches the end of the process for all processors, with one listener for each event however many they are. It never ends the process,
 * never changes its exit code, and never removes a listener of anybody else.
 */
class ExitWatch {
  readonly #watched = new Map<Endable, { readonly signals: boolean }>()
  #hasListeners = false
  #hasSignalListeners = false
  /** What each had accepted when its drain failed: it is not tried again for the same events. */
  readonly #gaveUpAt = new WeakMap<Endable, number>()
  #isDraining = false

  add(endable: Endable, options: { readonly signals: boolean }): void {
    this.#watched.set(endable, options)
    this.#listen()
  }

  remove(endable: Endable): void {
    this.#watched.delete(endable)
    this.#listen()
  }

  #listen(): void {
    const needsListeners = this.#watched.size > 0
    if (needsListeners !== this.#hasListeners) {
      this.#hasListeners = needsListeners
      const change = needsListeners ? 'on' : 'off'
      process[change]('beforeExit', this.#beforeExit)
      process[change]('exit', this.#exit)
    }
    const needsSignals = [...this.#watched.values()].some((options) => options.signals)
    if (needsSignals === this.#hasSignalListeners) return
    this.#hasSignalListeners = needsSignals
    for (const signal of signals) process[needsSignals ? 'on' : 'off'](signal, this.#signalled)
  }

  /** The event loop is empty: sends keep it going until they are done, and then this is called once more. */
  readonly #beforeExit = (): void => {
    if (this.#isDraining) return
    void this.#drain([...this.#watched.keys()])
  }

  /** The last moment: only synchronous work is done any more. */
  readonly #exit = (): void => {
    let lost = 0
    for (const endable of this.#watched.keys()) lost += endable.abandon()
    if (lost === 0) return
    const advice = 'close() the processor before the process ends, or give it "spill"'
    try {
      writeSync(2, `@evenkeel/batch: ${lost} events were not delivered before the process ended; ${advice}\n`)
    } catch {
      // There is nobody left to tell.
    }
  }

  /** Delivers, then lets the signal do what it would have done without us. A second signal does so at once. */
  readonly #signalled = (signal: Signal): void => {
    const willEnd = process.listeners(signal).every((listener) => listener === this.#signalled)
    if (this.#isDraining) {
      if (willEnd) this.#end(signal)
      return
    }
    const watched = [...this.#watched].flatMap(([endable, options]) => (options.signals ? [endable] : []))
    void this.#drain(watched).then(() => {
      if (willEnd) this.#end(signal)
    })
  }

  async #drain(endables: readonly Endable[]): Promise<void> {
    const pending = endables.filter((each) => each.pending > 0 && this.#gaveUpAt.get(each) !== each.accepted)
    if (pending.length === 0) return
    this.#isDraining = true
    await Promise.allSettled(pending.map((endable) => endable.drain()))
    for (const endable of pending) this.#gaveUpAt.set(endable, endable.accepted)
    this.#isDraining = false
  }

  /** A signal's own end runs no `exit` listeners: what is left is written first. */
  #end(signal: Signal): void {
    this.#exit()
    for (const each of signals) process.off(each, this.#signalled)
    process.kill(process.pid, signal)
  }
}

export const exitWatch: ExitWatch = new ExitWatch()
