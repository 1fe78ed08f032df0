/** Above this a request computes for long, in milliseconds. */
export const longMs = 10

/** The clock of processor time, which costs a call of the system, is read at most so often, in milliseconds. */
const readEveryMs = 5

/**
 * Finds requests that hold the event loop: time on the clock, which is known anyway, says which may have; only for those the processor
 * time is read, because a busy machine makes others late, too.
 */
export class HoldWatch {
  #seenAtMs = 0
  #readAtMs = 0
  #readMs = 0

  /** A request has come. */
  begin(nowMs: number): void {
    if (nowMs - this.#readAtMs > readEveryMs) this.#read(nowMs)
    this.#seenAtMs = nowMs
  }

  /** A request has ended. What this thread has computed at least since the last one came or ended, where that is long; else 0. */
  end(nowMs: number): number {
    const sinceMs = this.#seenAtMs
    this.#seenAtMs = nowMs
    if (nowMs - sinceMs < longMs) return 0
    const beforeMs = this.#readMs
    // All that it can have computed between the last reading and the last request.
    const otherMs = sinceMs - this.#readAtMs
    this.#read(nowMs)
    const heldMs = this.#readMs - beforeMs - otherMs
    return heldMs >= longMs ? heldMs : 0
  }

  #read(nowMs: number): void {
    const { user, system } = process.threadCpuUsage()
    this.#readAtMs = nowMs
    this.#readMs = (user + system) / 1_000
  }
}
