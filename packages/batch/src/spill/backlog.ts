import { Batch } from '../batch/batch.ts'
import type { EventBlock } from '../batch/event-block.ts'
import type { Origin } from '../batch/origin.ts'
import type { Ledger } from '../destination/ledger.ts'
import type { Clock } from '../util/clock.ts'
import { Deque } from '../util/deque.ts'
import type { SpillStore } from './spill-store.ts'
import { frameOf } from './write-ahead.ts'

/** A batch that is on disk and not in memory. */
interface Stub {
  readonly id: string
  readonly origin: Origin
  readonly count: number
  readonly bytes: number
  readonly openedAtMs: number
  readonly receipts: EventBlock['receipts']
}

/** In memory until it is written; `stub` when the memory has been given back. */
interface Entry {
  batch: Batch | undefined
  stub: Stub | undefined
}

/**
 * The part of a destination's queue that lies on disk: always newer than what is in memory, always first in, first out, so that spilling
 * changes no order. An entry that the disk refuses stays in memory at its place.
 */
export class Backlog {
  readonly #store: SpillStore
  readonly #ledger: Ledger
  readonly #clock: Clock
  readonly #onLoaded: (batch: Batch) => void
  readonly #onCorrupt: (origin: Origin, count: number, receipts: EventBlock['receipts']) => void
  readonly #onFreed: () => void
  readonly #entries = new Deque<Entry>()
  #isLoading = false

  constructor(options: {
    readonly store: SpillStore
    readonly ledger: Ledger
    readonly clock: Clock
    readonly onLoaded: (batch: Batch) => void
    readonly onCorrupt: (origin: Origin, count: number, receipts: EventBlock['receipts']) => void
    readonly onFreed: () => void
  }) {
    this.#store = options.store
    this.#ledger = options.ledger
    this.#clock = options.clock
    this.#onLoaded = options.onLoaded
    this.#onCorrupt = options.onCorrupt
    this.#onFreed = options.onFreed
  }

  get length(): number {
    return this.#entries.length + (this.#isLoading ? 1 : 0)
  }

  /** What an earlier process left: older than everything of this one. */
  adopt(stub: Omit<Stub, 'openedAtMs' | 'receipts'>): void {
    this.#entries.push({ batch: undefined, stub: { ...stub, openedAtMs: this.#clock.now(), receipts: undefined } })
    this.#ledger.recover(stub.count)
  }

  /** Takes a sealed batch and gives its memory back as soon as the disk has it. */
  push(batch: Batch): void {
    const entry: Entry = { batch, stub: undefined }
    this.#entries.push(entry)
    if (batch.origin.isWholeOnDisk) return this.#free(entry, batch)
    this.#store.write(frameOf(batch.block, 0, batch.block.count)).then(
      (part) => {
        batch.origin.parts = [...batch.origin.parts, part]
        batch.origin.isWholeOnDisk = true
        if (batch.origin.unsettled === 0) this.#store.settle(batch.origin.id, batch.origin.parts)
        else if (entry.batch !== undefined) this.#free(entry, batch)
      },
      // Counted by the store; the batch stays where it is.
      () => undefined,
    )
  }

  /** Hands the oldest entry on, from memory at once, from disk when it has been read. `force` loads it even when memory is full. */
  refill(force: boolean): void {
    if (this.#isLoading) return
    const entry = this.#entries.peek()
    if (entry === undefined) return
    if (entry.batch !== undefined) {
      const { batch } = entry
      this.#entries.shift()
      entry.batch = undefined
      this.#onLoaded(batch)
      return
    }
    if (entry.stub === undefined || !(force || this.#ledger.fitsMany(entry.stub.count, entry.stub.bytes))) return
    this.#entries.shift()
    this.#isLoading = true
    void this.#load(entry.stub)
  }

  /** The batches that are in memory only. */
  memory(): readonly Batch[] {
    return [...this.#entries].flatMap((entry) => (entry.batch === undefined ? [] : [entry.batch]))
  }

  /** Forgets them; what is on disk stays there. */
  clearMemory(): void {
    for (const entry of this.#entries) entry.batch = undefined
  }

  #free(entry: Entry, batch: Batch): void {
    const { id, origin, count, bytes, openedAtMs, block } = batch
    entry.batch = undefined
    entry.stub = { id, origin, count, bytes, openedAtMs, receipts: block.receipts }
    this.#ledger.toDisk('buffered', count, bytes)
    this.#onFreed()
  }

  async #load(stub: Stub): Promise<void> {
    const { id, origin, openedAtMs, count, bytes } = stub
    const block = await this.#store.read(origin.parts, { batchId: id, openedAtMs })
    this.#isLoading = false
    if (block === undefined) {
      this.#ledger.drop('corrupt', 'spilled', count)
      this.#onCorrupt(origin, count, stub.receipts)
      return
    }
    block.receipts = stub.receipts
    this.#ledger.fromDisk(count, bytes)
    this.#onLoaded(new Batch({ id, origin, block }))
  }
}
