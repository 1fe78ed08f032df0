import type { EventBlock } from '../batch/event-block.ts'
import type { DiskPart } from '../batch/origin.ts'
import type { Clock, Timer } from '../util/clock.ts'
import type { EventsFrame } from './frame.ts'
import type { SpillStore } from './spill-store.ts'

/** A sealed block whose events have all been offered to the disk. */
export interface Written {
  readonly parts: readonly DiskPart[]
  /** Every event of it is on disk. */
  readonly isWhole: boolean
}

interface BlockLog {
  readonly block: EventBlock
  readonly parts: DiskPart[]
  /** Events that the disk was asked to take. */
  asked: number
  failed: boolean
  waiters: { readonly events: number; readonly resolve: (isDurable: boolean) => void }[]
  onWritten: ((written: Written) => void) | undefined
}

/**
 * Writes events to disk before they are acknowledged. The events of the last `groupMs` go together, as parts of the batch they will be
 * sent in, so that a restart sends the same batches under the same ids.
 */
export class WriteAhead {
  readonly #store: SpillStore
  readonly #clock: Clock
  readonly #groupMs: number
  readonly #logs = new Map<EventBlock, BlockLog>()
  readonly #dirty = new Set<BlockLog>()
  /** Sealed blocks leave in the order they were sealed. */
  #sealed: BlockLog[] = []
  #timer: Timer | undefined
  #isWriting = false

  constructor(options: { readonly store: SpillStore; readonly clock: Clock; readonly groupMs: number }) {
    this.#store = options.store
    this.#clock = options.clock
    this.#groupMs = options.groupMs
  }

  /** The block got an event. */
  note(block: EventBlock): void {
    this.#dirty.add(this.#logOf(block))
    if (this.#isWriting) return
    this.#timer ??= this.#clock.schedule(this.#groupMs, () => this.#start())
  }

  /** Resolves when every event now in the block is on disk, or, with `false`, when the disk refused it. */
  durable(block: EventBlock): Promise<boolean> {
    const log = this.#logOf(block)
    return new Promise((resolve) => log.waiters.push({ events: block.count, resolve }))
  }

  /** Calls back when all of a sealed block has been written or refused. */
  seal(block: EventBlock, onWritten: (written: Written) => void): void {
    const log = this.#logOf(block)
    log.onWritten = onWritten
    this.#sealed.push(log)
    this.#dirty.add(log)
    if (!this.#isWriting) this.#start()
  }

  #logOf(block: EventBlock): BlockLog {
    const known = this.#logs.get(block)
    if (known !== undefined) return known
    const log: BlockLog = { block, parts: [], asked: 0, failed: false, waiters: [], onWritten: undefined }
    this.#logs.set(block, log)
    return log
  }

  #start(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isWriting = true
    void this.#writeDirty().finally(() => {
      this.#isWriting = false
      // What came between the last look and now.
      if (this.#dirty.size > 0) this.#start()
    })
  }

  async #writeDirty(): Promise<void> {
    while (this.#dirty.size > 0) {
      const logs = [...this.#dirty]
      this.#dirty.clear()
      await Promise.all(logs.map((log) => this.#write(log)))
      this.#passOn()
    }
  }

  async #write(log: BlockLog): Promise<void> {
    const from = log.asked
    const to = log.block.count
    log.asked = to
    if (from < to && !log.failed) {
      try {
        log.parts.push(await this.#store.write(frameOf(log.block, from, to)))
      } catch {
        log.failed = true
      }
    }
    const done = log.waiters.filter((waiter) => waiter.events <= to)
    log.waiters = log.waiters.filter((waiter) => waiter.events > to)
    for (const waiter of done) waiter.resolve(!log.failed)
  }

  #passOn(): void {
    for (let log = this.#sealed[0]; log !== undefined && log.asked === log.block.count; log = this.#sealed[0]) {
      if (this.#dirty.has(log)) return
      this.#sealed.shift()
      this.#logs.delete(log.block)
      log.onWritten?.({ parts: log.parts, isWhole: !log.failed })
    }
  }
}

/** Some events of a block, as a frame. */
export function frameOf(block: EventBlock, from: number, to: number): EventsFrame {
  const start = block.startOf(from)
  return {
    kind: 'events',
    batchId: block.id,
    key: block.key,
    from,
    ids: block.ids?.slice(from, to),
    ends: block.ends.slice(from, to).map((end) => end - start),
    bytes: block.slice(start, block.startOf(to)),
  }
}
