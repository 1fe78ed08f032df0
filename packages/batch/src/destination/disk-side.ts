import type { Batch } from '../batch/batch.ts'
import type { EpochLog } from '../batch/epoch.ts'
import type { EventBlock } from '../batch/event-block.ts'
import { Origin } from '../batch/origin.ts'
import type { ResolvedSpill } from '../options/resolve.ts'
import { Backlog } from '../spill/backlog.ts'
import { SpillStore } from '../spill/spill-store.ts'
import { frameOf, WriteAhead } from '../spill/write-ahead.ts'
import type { Clock } from '../util/clock.ts'
import type { Ledger } from './ledger.ts'

/** Memory this full sends new batches to disk, early enough that the disk has time before memory is full. */
const spillFrom = 0.5

export interface DiskSideOptions {
  readonly spill: ResolvedSpill
  readonly clock: Clock
  readonly ledger: Ledger
  readonly epochs: EpochLog
  readonly enqueue: (batch: Batch) => void
  readonly onRoom: () => void
  /** There may be something to load. */
  readonly onWork: () => void
}

/** What a destination keeps on disk, and when. */
export class DiskSide {
  readonly store: SpillStore
  recovered: Promise<void> = Promise.resolve()
  readonly #options: DiskSideOptions
  readonly #backlog: Backlog
  readonly #wal: WriteAhead | undefined
  /** Sealed, and being written ahead. */
  readonly #committing = new Set<Batch>()
  /** Sealed before the batches of earlier processes were found, which go first. */
  #early: Batch[] | undefined = []

  constructor(options: DiskSideOptions) {
    const { spill, clock, ledger } = options
    this.#options = options
    this.store = new SpillStore({ ...spill, clock })
    this.#backlog = new Backlog({
      store: this.store,
      ledger,
      clock,
      onLoaded: (batch) => options.enqueue(batch),
      onCorrupt: (origin, count, receipts) => this.#lost(origin, count, receipts),
      onFreed: () => options.onRoom(),
    })
    if (spill.mode === 'wal') this.#wal = new WriteAhead({ store: this.store, clock, groupMs: spill.groupMs })
  }

  /** Brings what an earlier process left to the front, then calls `ready`. */
  recover(ready: () => void): void {
    this.recovered = this.store.recover().then((batches) => {
      for (const { diskId, id, count, bytes, parts } of batches) {
        const origin = new Origin({ id: diskId, epoch: this.#options.epochs.open(count), parts, count })
        this.#backlog.adopt({ id, origin, count, bytes })
      }
      const early = this.#early ?? []
      this.#early = undefined
      for (const batch of early) this.#pass(batch)
      ready()
    })
  }

  noteAppended(block: EventBlock): void {
    this.#wal?.note(block)
  }

  /** Resolves with whether the events now in the block are on disk; at once without a write-ahead log. */
  durable(block: EventBlock): Promise<boolean> | undefined {
    return this.#wal?.durable(block)
  }

  sealed(batch: Batch): void {
    if (this.#wal === undefined) return this.#pass(batch)
    this.#committing.add(batch)
    this.#wal.seal(batch.block, ({ parts, isWhole }) => {
      if (!this.#committing.delete(batch)) return
      batch.origin.parts = parts
      batch.origin.isWholeOnDisk = isWhole
      this.#pass(batch)
    })
  }

  get backlogLength(): number {
    return this.#backlog.length
  }

  refill(force: boolean): void {
    this.#backlog.refill(force)
  }

  batchesInMemory(): readonly Batch[] {
    return [...this.#backlog.memory(), ...(this.#early ?? []), ...this.#committing]
  }

  /** Takes out what is in memory only. */
  drain(): readonly Batch[] {
    const batches = this.batchesInMemory()
    this.#committing.clear()
    if (this.#early !== undefined) this.#early = []
    this.#backlog.clearMemory()
    return batches
  }

  /** Writes a batch, or a slice of one, that is to outlive the process. */
  async keep(batch: Batch): Promise<boolean> {
    if (batch.origin.isWholeOnDisk) return true
    const whole = batch.isWhole ? batch.block : batch.compact()
    try {
      await this.store.write(frameOf(whole, 0, whole.count))
      return true
    } catch {
      return false
    }
  }

  /** The same while the process ends. Throws what the disk throws. */
  keepSync(batches: readonly Batch[]): void {
    const missing = batches.filter((batch) => !batch.origin.isWholeOnDisk)
    const blocks = missing.map((batch) => (batch.isWhole ? batch.block : batch.compact()))
    this.store.writeSync(blocks.map((block) => frameOf(block, 0, block.count)))
  }

  #pass(batch: Batch): void {
    const { ledger, enqueue, onWork } = this.#options
    if (this.#early !== undefined) {
      this.#early.push(batch)
      return
    }
    if (this.#backlog.length === 0 && ledger.fill < spillFrom) return enqueue(batch)
    this.#backlog.push(batch)
    onWork()
  }

  #lost(origin: Origin, count: number, receipts: EventBlock['receipts']): void {
    origin.unsettled -= count
    this.store.settle(origin.id, origin.parts)
    for (const receipt of receipts?.values() ?? []) {
      receipt({ status: 'dropped', batchId: origin.id, reason: 'corrupt' })
    }
    this.#options.epochs.settle(origin.epoch, 'dropped', count)
    this.#options.onRoom()
    this.#options.onWork()
  }
}
