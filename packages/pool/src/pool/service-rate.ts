/** Longer than the stalls of a busy machine, which are no change of the rate; short enough to see overload while it begins. */
const windowMs = 250

/** Weight of the newest window. */
const newestWeight = 0.3

/** Before anything was measured. Too little refuses a few jobs of a burst too many; too much makes everybody late. */
const assumedShare = 0.5

/**
 * A queue may hold runs that no place can serve for a second, such as the endless loops of one tenant. They must not make the wait of
 * everybody else look endless too, nor a stall of the machine a queue of a dozen short jobs.
 */
const leastShare = 0.25

/**
 * Estimated work that leaves the queue for hosts in a millisecond while it is not empty. The number of processors says what that would be if
 * hosts had them alone; they share them with the gateway, its clients, the kernel and other machines on the same hardware.
 */
export class ServiceRate {
  readonly #processors: number
  #perMs: number
  #sinceMs = 0
  #sinceServedMs = 0

  constructor(processors: number) {
    this.#processors = processors
    this.#perMs = processors * assumedShare
  }

  get perMs(): number {
    return this.#perMs
  }

  /**
   * @param servedMs estimated cost of everything dispatched so far.
   * @param busySinceMs since when the queue has not been empty; an empty queue says nothing of what could have been served.
   */
  observe(nowMs: number, servedMs: number, busySinceMs: number | undefined): void {
    if (busySinceMs === undefined || this.#sinceMs < busySinceMs) return this.#restart(nowMs, servedMs)
    const elapsedMs = nowMs - this.#sinceMs
    if (elapsedMs < windowMs) return
    const measured = (servedMs - this.#sinceServedMs) / elapsedMs
    this.#perMs = Math.max(this.#processors * leastShare, this.#perMs + (measured - this.#perMs) * newestWeight)
    this.#restart(nowMs, servedMs)
  }

  #restart(nowMs: number, servedMs: number): void {
    this.#sinceMs = nowMs
    this.#sinceServedMs = servedMs
  }
}
