interface Timer {
  readonly atMs: number
  readonly order: number
  readonly callback: () => void
  state: 'waiting' | 'cancelled' | 'fired'
}

/** Timers of a clock that is not the system's, by time, then by order of scheduling. */
export class TimerQueue {
  #order = 0
  #waiting = 0
  /** A binary heap. */
  readonly #heap: Timer[] = []

  /** How many are neither fired nor cancelled. */
  get waiting(): number {
    return this.#waiting
  }

  /** The time of the first; undefined when none waits. */
  get nextAtMs(): number | undefined {
    while (this.#heap[0]?.state === 'cancelled') this.#pop()
    return this.#heap[0]?.atMs
  }

  /** The returned function cancels. */
  add(atMs: number, callback: () => void): () => void {
    const timer: Timer = { atMs, order: this.#order++, callback, state: 'waiting' }
    this.#push(timer)
    this.#waiting++
    return () => {
      if (timer.state !== 'waiting') return
      timer.state = 'cancelled'
      this.#waiting--
    }
  }

  /** Calls back everything that is due, what is added meanwhile included. */
  fire(nowMs: number): void {
    for (let atMs = this.nextAtMs; atMs !== undefined && atMs <= nowMs; atMs = this.nextAtMs) {
      const timer = this.#pop()
      if (timer === undefined) return
      timer.state = 'fired'
      this.#waiting--
      timer.callback()
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
