import type { Clock } from '../../src/util/clock.ts'
import { TimerQueue } from './timer-queue.ts'

/** How far time moves from one look at it to the next, at the most. */
const mostPerStepMs = 10
const stepMs = 5

/**
 * Real time that stands still while this process is kept from running. What a test does within two seconds of this clock it does
 * within two seconds on every machine, however busy.
 */
export class SteadyClock implements Clock {
  #nowMs = 0
  #realMs = performance.now()
  readonly #epochMs = Date.now()
  readonly #timers = new TimerQueue()
  #ticking = false

  nowMs(): number {
    const realMs = performance.now()
    this.#nowMs += Math.min(realMs - this.#realMs, mostPerStepMs)
    this.#realMs = realMs
    return this.#nowMs
  }

  epochMs(): number {
    return this.#epochMs + this.nowMs()
  }

  schedule(delayMs: number, callback: () => void): () => void {
    if (delayMs <= 0) {
      const immediate = setImmediate(callback)
      return () => clearImmediate(immediate)
    }
    const cancel = this.#timers.add(this.nowMs() + delayMs, callback)
    if (!this.#ticking) this.#tick()
    return cancel
  }

  /** Goes on as long as a timer waits, so that the clock keeps no process alive. */
  #tick(): void {
    this.#timers.fire(this.nowMs())
    this.#ticking = this.#timers.waiting > 0
    if (!this.#ticking) return
    const nextMs = (this.#timers.nextAtMs ?? Infinity) - this.#nowMs
    setTimeout(() => this.#tick(), Math.max(0, Math.min(stepMs, nextMs)))
  }
}
