import type { Batch } from '../batch/batch.ts'
import { Deque } from '../util/deque.ts'

/** Failed probes after which another batch is tried: one that the destination can never take must not stand for all. */
const probesBeforeRotation = 3

/**
 * Sealed batches in memory, oldest first. With `perKey`, at most one batch of a key is handed out at a time, and the next only
 * after all of it has been settled.
 */
export class SendQueue {
  readonly #perKey: boolean
  readonly #ready = new Deque<Batch>()
  /** Keys that are busy: a batch of theirs is ready or in flight. Their later batches wait here, in order. */
  readonly #parked = new Map<string, Deque<Batch>>()
  #parkedBatches = 0

  constructor(options: { readonly perKey: boolean }) {
    this.#perKey = options.perKey
  }

  get length(): number {
    return this.#ready.length + this.#parkedBatches
  }

  get readyLength(): number {
    return this.#ready.length
  }

  /** Adds a batch that is newer than all of its key. */
  push(batch: Batch): void {
    if (!this.#perKey) return this.#ready.push(batch)
    const waiting = this.#parked.get(batch.key ?? '')
    if (waiting === undefined) {
      this.#parked.set(batch.key ?? '', new Deque())
      this.#ready.push(batch)
      return
    }
    waiting.push(batch)
    this.#parkedBatches += 1
  }

  /** Puts back what was handed out, or the slices it was cut into, ahead of everything else of its key. */
  putBack(slices: readonly Batch[]): void {
    const [first, ...rest] = slices
    for (const slice of rest.reverse()) this.#putBackLater(slice)
    if (first !== undefined) this.#ready.unshift(first)
  }

  /** A batch that was handed out is settled: the next of its key may go. */
  release(batch: Batch): void {
    if (!this.#perKey) return
    const key = batch.key ?? ''
    const next = this.#parked.get(key)?.shift()
    if (next === undefined) {
      this.#parked.delete(key)
      return
    }
    this.#parkedBatches -= 1
    this.#ready.push(next)
  }

  /** The first batch whose own wait is over. */
  next(nowMs: number): Batch | undefined {
    for (let index = 0; index < this.#ready.length; index += 1) {
      const batch = this.#ready.peek(index)
      if (batch !== undefined && batch.notBeforeMs <= nowMs) return this.#ready.remove(index)
    }
    return undefined
  }

  /** The batch to ask a failing destination with. */
  nextProbe(): Batch | undefined {
    const head = this.#ready.peek()
    if (head !== undefined && head.failedProbes >= probesBeforeRotation && this.#ready.length > 1) {
      head.failedProbes = 0
      this.#ready.shift()
      this.#ready.push(head)
    }
    return this.#ready.shift()
  }

  /** When the next batch may go that only waits for its own time. */
  earliestMs(): number | undefined {
    let earliestMs: number | undefined
    for (const batch of this.#ready) earliestMs = Math.min(earliestMs ?? batch.notBeforeMs, batch.notBeforeMs)
    return earliestMs
  }

  /** The oldest batch in memory, left where it is. */
  oldest(): Batch | undefined {
    return this.#ready.peek() ?? this.#firstParked()?.peek()
  }

  /** Takes out the oldest batch for good. */
  dropOldest(): Batch | undefined {
    const batch = this.#ready.shift()
    if (batch !== undefined) {
      this.release(batch)
      return batch
    }
    const parked = this.#firstParked()?.shift()
    if (parked !== undefined) this.#parkedBatches -= 1
    return parked
  }

  /** Everything in it, oldest first within each key. */
  batches(): readonly Batch[] {
    const parked = [...this.#parked.values()].flatMap((waiting) => [...waiting])
    return [...this.#ready, ...parked]
  }

  /** Takes out everything. */
  drain(): readonly Batch[] {
    const all = this.batches()
    while (this.#ready.shift() !== undefined);
    this.#parked.clear()
    this.#parkedBatches = 0
    return all
  }

  #firstParked(): Deque<Batch> | undefined {
    return this.#parkedBatches === 0 ? undefined : this.#parked.values().find((waiting) => waiting.length > 0)
  }

  #putBackLater(slice: Batch): void {
    if (!this.#perKey) return this.#ready.unshift(slice)
    this.#parked.get(slice.key ?? '')?.unshift(slice)
    this.#parkedBatches += 1
  }
}
