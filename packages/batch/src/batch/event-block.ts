import { Buffer } from 'node:buffer'
import { randomUUID } from 'node:crypto'

const newline = 10

/** How one accepted event ended, for whoever waits for it. */
export type Receipt =
  | { readonly status: 'delivered'; readonly batchId: string }
  | { readonly status: 'dead_lettered' | 'dropped' | 'spilled'; readonly batchId: string; readonly reason: string }

/**
 * Encoded events side by side in one buffer, each followed by a newline: the form they are sent and spilled in.
 * Adding copies no event twice, and the bytes are counted as they are written.
 */
export class EventBlock {
  readonly id: string
  readonly key: string | undefined
  readonly openedAtMs: number
  /** `ends[i]` is the offset after the separator of event `i`. */
  readonly ends: number[]
  /** Ids given by the user's `id` option; without it an event's id is made from the batch id and its index. */
  readonly ids: string[] | undefined
  receipts: Map<number, (receipt: Receipt) => void> | undefined
  #buffer: Buffer
  #bytes = 0

  constructor(options: {
    readonly key: string | undefined
    readonly openedAtMs: number
    readonly capacityBytes: number
    readonly hasIds: boolean
    readonly id?: string
  }) {
    this.id = options.id ?? randomUUID()
    this.key = options.key
    this.openedAtMs = options.openedAtMs
    this.ends = []
    this.ids = options.hasIds ? [] : undefined
    this.#buffer = Buffer.allocUnsafeSlow(options.capacityBytes)
  }

  /** A block read back from disk. Takes over the array it is given. */
  static restore(options: {
    readonly id: string
    readonly key: string | undefined
    readonly openedAtMs: number
    readonly ends: readonly number[]
    readonly ids: readonly string[] | undefined
    readonly bytes: Buffer
  }): EventBlock {
    const block = new EventBlock({ ...options, capacityBytes: 0, hasIds: options.ids !== undefined })
    for (const end of options.ends) block.ends.push(end)
    for (const id of options.ids ?? []) block.ids?.push(id)
    block.#buffer = options.bytes
    block.#bytes = options.bytes.length
    return block
  }

  get count(): number {
    return this.ends.length
  }

  get bytes(): number {
    return this.#bytes
  }

  /** `framedBytes` is the encoded length of `event` plus one for the separator. */
  append(event: string | Uint8Array, framedBytes: number): void {
    const start = this.#bytes
    const end = start + framedBytes
    if (end > this.#buffer.length) this.#grow(end)
    if (typeof event === 'string') this.#buffer.write(event, start)
    else this.#buffer.set(event, start)
    this.#buffer[end - 1] = newline
    this.#bytes = end
    this.ends.push(end)
  }

  startOf(index: number): number {
    return index === 0 ? 0 : (this.ends[index - 1] ?? this.#bytes)
  }

  slice(start: number, end: number): Buffer {
    return this.#buffer.subarray(start, end)
  }

  idAt(index: number): string {
    return this.ids?.[index] ?? `${this.id}-${index}`
  }

  /** Called when the last event is in: gives back what the buffer has too much, so that memory follows the counted bytes. */
  trim(): void {
    if (this.#bytes * 4 >= this.#buffer.length * 3) return
    const exact = Buffer.allocUnsafeSlow(this.#bytes)
    this.#buffer.copy(exact, 0, 0, this.#bytes)
    this.#buffer = exact
  }

  #grow(neededBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(neededBytes, this.#buffer.length * 2, 256))
    this.#buffer.copy(larger, 0, 0, this.#bytes)
    this.#buffer = larger
  }
}
