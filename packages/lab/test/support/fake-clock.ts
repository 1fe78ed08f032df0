import type { Clock } from '../../src/util/clock.ts'

interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
  cancelled: boolean
}

/** A clock that jumps from timer to timer: hours pass as fast as the code that waits for them. */
export class FakeClock implements Clock {
  #nowMs = 0
  #order = 0
  /** A binary heap by time, then by order of scheduling. */
  readonly #heap: Timer[] = []

  nowMs(): number {
    return this.#nowMs
  }

  epochMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  schedule(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, callback, cancelled: false }
    this.#push(timer)
    return () => {
      timer.cancelled = true
    }
  }

  /** Moves time on until the promise settles. Fails when nothing is left that could settle it. */
  async runUntil<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const done = promise.finally(() => (settled = true))
    done.catch(() => {})
    for (let idleTurns = 0; ;) {
      await new Promise((resolve) => setImmediate(resolve))
      if (settled) return done
      const timer = this.#pop()
      if (timer === undefined) {
        if (++idleTurns > 1000) throw new Error('the clock has no timer left, and the promise is not settled')
        continue
      }
      idleTurns = 0
      if (timer.cancelled) continue
      this.#nowMs = Math.max(this.#nowMs, timer.atMs)
      timer.callback()
      // What is due at the same moment runs in the same turn.
      while (this.#heap[0] !== undefined && this.#heap[0].atMs <= this.#nowMs) {
        const next = this.#pop()
        if (next?.cancelled === false) next.callback()
      }
    }
  }

  #push(timer: Timer): void {
    const heap = this.#heap
    let index = heap.length
    heap.push(timer)
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (above === undefined || !before(timer, above)) break
      heap[index] = above
      heap[parent] = timer
      index = parent
    }
  }

  #pop(): Timer | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let index = 0
    heap[0] = last
    for (;;) {
      const left = 2 * index + 1
      const smaller = this.#smaller(left, left + 1)
      const child = heap[smaller]
      if (child === undefined || !before(child, last)) return first
      heap[index] = child
      heap[smaller] = last
      index = smaller
    }
  }

  #smaller(left: number, right: number): number {
    const a = this.#heap[left]
    const b = this.#heap[right]
    return a !== undefined && b !== undefined && before(b, a) ? right : left
  }
}

function before(left: Timer, right: Timer): boolean {
  return left.atMs < right.atMs || (left.atMs === right.atMs && left.order < right.order)
}
