import { Buffer } from 'node:buffer'
import type { SealedBatch } from '../transport/transport.ts'
import { EventBlock, type Receipt } from './event-block.ts'
import type { Origin } from './origin.ts'

/**
 * Some events of a sealed block on their way to one destination: all of them, a range after a split, or a selection after a
 * partial success. Slices share the block's memory.
 */
export class Batch implements SealedBatch {
  readonly id: string
  readonly origin: Origin
  readonly block: EventBlock
  attempts = 0
  /** Attempts that failed in a row while it was the probe of a closed gate. */
  failedProbes = 0
  firstAttemptAtMs: number | undefined
  notBeforeMs = 0
  /** Indices into the block, ascending. */
  readonly #from: number
  readonly #indices: readonly number[] | undefined
  #skipped = 0
  #count: number
  #bytes: number

  constructor(options: {
    readonly id: string
    readonly origin: Origin
    readonly block: EventBlock
    readonly range?: readonly [from: number, to: number]
    readonly indices?: readonly number[]
  }) {
    this.id = options.id
    this.origin = options.origin
    this.block = options.block
    const [from, to] = options.range ?? [0, options.block.count]
    this.#from = from
    this.#indices = options.indices
    this.#count = options.indices?.length ?? to - from
    this.#bytes =
      options.indices === undefined ? bytesOfRange(this.block, from, to) : bytesOf(this.block, options.indices)
  }

  get key(): string | undefined {
    return this.block.key
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#bytes
  }

  get openedAtMs(): number {
    return this.block.openedAtMs
  }

  lines(): Uint8Array {
    if (this.#indices !== undefined) return Buffer.concat(this.#blockIndices().map((index) => this.#framed(index)))
    const first = this.#blockIndex(0)
    return this.block.slice(this.block.startOf(first), this.block.startOf(first + this.#count))
  }

  jsonArray(): Uint8Array {
    const array = Buffer.allocUnsafe(this.#bytes + 1)
    array[0] = 0x5b
    let offset = 1
    for (let index = 0; index < this.#count; index += 1) {
      const framed = this.#framed(this.#blockIndex(index))
      offset += framed.copy(array, offset)
      array[offset - 1] = 0x2c
    }
    array[offset - 1] = 0x5d
    return array
  }

  at(index: number): Uint8Array {
    const framed = this.#framed(this.#blockIndex(index))
    return framed.subarray(0, framed.length - 1)
  }

  idAt(index: number): string {
    return this.block.idAt(this.#blockIndex(index))
  }

  /** Two halves with ids of their own; the same batch always splits into the same two. */
  split(): [Batch, Batch] {
    const middle = this.#count >> 1
    const { origin, block } = this
    if (this.#indices === undefined) {
      const first = this.#blockIndex(0)
      const range = (from: number, to: number) => [first + from, first + to] as const
      return [
        new Batch({ id: `${this.id}.0`, origin, block, range: range(0, middle) }),
        new Batch({ id: `${this.id}.1`, origin, block, range: range(middle, this.#count) }),
      ]
    }
    const indices = this.#blockIndices()
    return [
      new Batch({ id: `${this.id}.0`, origin, block, indices: indices.slice(0, middle) }),
      new Batch({ id: `${this.id}.1`, origin, block, indices: indices.slice(middle) }),
    ]
  }

  /** The events at `indices` of this batch, under an id of their own. */
  pick(indices: readonly number[], suffix: string): Batch {
    const { origin, block } = this
    return new Batch({
      id: this.id + suffix,
      origin,
      block,
      indices: indices.map((index) => this.#blockIndex(index)),
    })
  }

  /** Takes the oldest event out of a batch that no destination has seen. Returns the bytes it held. */
  dropFirst(): { readonly bytes: number; readonly receipt: ((receipt: Receipt) => void) | undefined } {
    const index = this.#blockIndex(0)
    const bytes = this.#framed(index).length
    this.#skipped += 1
    this.#count -= 1
    this.#bytes -= bytes
    return { bytes, receipt: this.block.receipts?.get(index) }
  }

  /** Tells everyone who waits for one of these events how it ended. */
  acknowledge(receipt: Receipt): void {
    const { receipts } = this.block
    if (receipts === undefined) return
    for (const index of this.#blockIndices()) receipts.get(index)?.(receipt)
  }

  /** Whether it is all of its block, so that its id and the block's are one. */
  get isWhole(): boolean {
    return this.#count === this.block.count && this.#indices === undefined
  }

  /** A block with these events only, under this batch's id; the events keep theirs. */
  compact(): EventBlock {
    const ends: number[] = []
    for (const index of this.#blockIndices()) ends.push((ends.at(-1) ?? 0) + this.#framed(index).length)
    return EventBlock.restore({
      id: this.id,
      key: this.key,
      openedAtMs: this.openedAtMs,
      ends,
      ids: Array.from(ends, (_, index) => this.idAt(index)),
      bytes: Buffer.concat(this.#blockIndices().map((index) => this.#framed(index))),
    })
  }

  #blockIndices(): readonly number[] {
    return Array.from({ length: this.#count }, (_, index) => this.#blockIndex(index))
  }

  #blockIndex(index: number): number {
    const position = index + this.#skipped
    return this.#indices?.[position] ?? this.#from + position
  }

  #framed(blockIndex: number): Buffer {
    return this.block.slice(this.block.startOf(blockIndex), this.block.startOf(blockIndex + 1))
  }
}

function bytesOfRange(block: EventBlock, from: number, to: number): number {
  return block.startOf(to) - block.startOf(from)
}

function bytesOf(block: EventBlock, indices: readonly number[]): number {
  return indices.reduce((sum, index) => sum + block.startOf(index + 1) - block.startOf(index), 0)
}
