import type { EncodedEvent } from '../destination/collector.ts'
import { Deque } from '../util/deque.ts'
import type { Clock, Timer } from '../util/clock.ts'

interface Waiter<R> {
  readonly event: EncodedEvent
  readonly settle: (result: R) => void
}

/** Callers of `offer` that wait for room, first come, first served. */
export class Waiters<R> {
  readonly #clock: Clock
  readonly #waiting = new Deque<Waiter<R>>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get length(): number {
    return this.#waiting.length
  }

  /** Resolves with the result of its turn, or with `late` after `timeoutMs`; rejects with the reason of `signal`. */
  wait(
    event: EncodedEvent,
    limits: { readonly timeoutMs: number; readonly late: R; readonly signal: AbortSignal | undefined },
  ): Promise<R> {
    const { timeoutMs, late, signal } = limits
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        timer?.cancel()
        signal?.removeEventListener('abort', abort)
      }
      const settle = (result: R): void => {
        leave()
        resolve(result)
      }
      const waiter: Waiter<R> = { event, settle }
      const abort = (): void => {
        this.#remove(waiter)
        leave()
        reject(signal?.reason as Error)
      }
      const timer = this.#schedule(timeoutMs, () => {
        this.#remove(waiter)
        settle(late)
      })
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiting.push(waiter)
    })
  }

  /** Serves from the front for as long as `take` returns a result. */
  serve(take: (event: EncodedEvent) => R | undefined): void {
    for (let first = this.#waiting.peek(); first !== undefined; first = this.#waiting.peek()) {
      const result = take(first.event)
      if (result === undefined) return
      this.#waiting.shift()
      first.settle(result)
    }
  }

  #schedule(timeoutMs: number, run: () => void): Timer | undefined {
    return Number.isFinite(timeoutMs) ? this.#clock.schedule(timeoutMs, run) : undefined
  }

  #remove(waiter: Waiter<R>): void {
    let index = 0
    for (const each of this.#waiting) {
      if (each === waiter) {
        this.#waiting.remove(index)
        return
      }
      index += 1
    }
  }
}
