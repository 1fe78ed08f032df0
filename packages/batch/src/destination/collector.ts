import { EventBlock, type Receipt } from '../batch/event-block.ts'
import type { SizeLimit } from '../delivery/size-limit.ts'
import type { Clock, Timer } from '../util/clock.ts'

/** What made a batch leave the buffer. */
export type SealTrigger = 'count' | 'bytes' | 'age' | 'flush' | 'close'

export interface EncodedEvent {
  readonly data: string | Uint8Array
  /** Encoded length and one separator byte. */
  readonly framedBytes: number
  readonly key: string | undefined
  readonly id: string | undefined
  readonly onReceipt: ((receipt: Receipt) => void) | undefined
}

const unkeyed = ''
const firstCapacityBytes = 1024
/** There may be as many open blocks as keys: they start small. */
const keyedCapacityBytes = 256

/**
 * Gathers encoded events into one open block for each key and seals a block when it has enough events, enough bytes, or when its
 * oldest event has waited long enough and a send is possible, whichever comes first. One timer serves all keys.
 */
export class Collector {
  readonly #maxEvents: number
  readonly #maxAgeMs: number
  readonly #size: SizeLimit
  readonly #clock: Clock
  readonly #hasIds: boolean
  readonly #canSend: () => boolean
  readonly #onSealed: (block: EventBlock, trigger: SealTrigger) => void
  /** In the order they were opened, so the first is the oldest. */
  readonly #open = new Map<string, EventBlock>()
  #timer: Timer | undefined
  #lastSealedBytes = firstCapacityBytes

  constructor(options: {
    readonly maxEvents: number
    readonly maxAgeMs: number
    readonly size: SizeLimit
    readonly clock: Clock
    readonly hasIds: boolean
    /** Whether a batch sealed now would be sent now. */
    readonly canSend: () => boolean
    readonly onSealed: (block: EventBlock, trigger: SealTrigger) => void
  }) {
    this.#maxEvents = options.maxEvents
    this.#maxAgeMs = options.maxAgeMs
    this.#size = options.size
    this.#clock = options.clock
    this.#hasIds = options.hasIds
    this.#canSend = options.canSend
    this.#onSealed = options.onSealed
  }

  /** The block that took the event. It may be sealed already. */
  append(event: EncodedEvent): EventBlock {
    const key = event.key ?? unkeyed
    let block = this.#open.get(key)
    if (block !== undefined && block.bytes + event.framedBytes > this.#size.bytes) {
      this.#seal(key, block, 'bytes')
      block = undefined
    }
    block ??= this.#openBlock(key, event.key)
    if (event.id !== undefined) block.ids?.push(event.id)
    if (event.onReceipt !== undefined) (block.receipts ??= new Map()).set(block.count, event.onReceipt)
    block.append(event.data, event.framedBytes)
    if (block.count >= this.#maxEvents) this.#seal(key, block, 'count')
    else if (block.bytes >= this.#size.bytes) this.#seal(key, block, 'bytes')
    return block
  }

  sealAll(trigger: SealTrigger): void {
    for (const [key, block] of this.#open) this.#seal(key, block, trigger)
  }

  /** Seals the block that was opened first, if there is one. */
  sealOldest(trigger: SealTrigger): boolean {
    for (const [key, block] of this.#open) {
      this.#seal(key, block, trigger)
      return true
    }
    return false
  }

  openBlocks(): readonly EventBlock[] {
    return [...this.#open.values()]
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #aged(): void {
    this.#timer = undefined
    if (this.#canSend()) this.sealAged()
  }

  #openBlock(mapKey: string, key: string | undefined): EventBlock {
    const block = new EventBlock({
      key,
      openedAtMs: this.#clock.now(),
      capacityBytes: key === undefined ? this.#lastSealedBytes : keyedCapacityBytes,
      hasIds: this.#hasIds,
    })
    this.#open.set(mapKey, block)
    this.#timer ??= this.#clock.schedule(this.#maxAgeMs, () => this.#aged())
    return block
  }

  #seal(mapKey: string, block: EventBlock, trigger: SealTrigger): void {
    this.#open.delete(mapKey)
    this.#lastSealedBytes = Math.max(firstCapacityBytes, block.bytes)
    block.trim()
    this.#onSealed(block, trigger)
  }

  /** Seals what is old enough. While nothing can be sent, a batch may as well go on growing: `sealAged` is called when it can. */
  sealAged(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const nowMs = this.#clock.now()
    for (const [key, block] of this.#open) {
      const dueInMs = block.openedAtMs + this.#maxAgeMs - nowMs
      if (dueInMs > 0) {
        this.#timer = this.#clock.schedule(dueInMs, () => this.#aged())
        return
      }
      this.#seal(key, block, 'age')
    }
  }
}
