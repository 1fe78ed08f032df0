import type { Clock } from '../../src/util/clock.ts'
import { TimerQueue } from './timer-queue.ts'

/** A clock that jumps from timer to timer: hours pass as fast as the code that waits for them. */
export class FakeClock implements Clock {
  #nowMs = 0
  readonly #timers = new TimerQueue()

  nowMs(): number {
    return this.#nowMs
  }

  epochMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): () => void {
    return this.#timers.add(this.#nowMs + Math.max(0, delayMs), callback)
  }

  /** Moves time on until the promise settles. Fails when nothing is left that could settle it. */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = promise.finally(() => (settled = true))
    done.catch(() => {})
    for (let idleTurns = 0; ;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) return done
      const { nextAtMs } = this.#timers
      if (nextAtMs === undefined) {
        if (++idleTurns > 1000) throw new Error('the clock has no timer left, and the promise is not settled')
        continue
      }
      idleTurns = 0
      this.#nowMs = Math.max(this.#nowMs, nextAtMs)
      this.#timers.fire(this.#nowMs)
    }
  }
}
