/**
 * Memory that the gateway and the supervisor share: one row for each host process. The gateway writes deadlines at dispatch, the
 * supervisor reads them on its own clock tick, so a kill needs no message and no turn of the gateway's event loop.
 */
const fields = { killAtMs: 0, residentMb: 1, cpuMs: 2, runQueueWaitMs: 3, residentLimitMb: 4 } as const
export type SlotField = keyof typeof fields
const fieldCount = Object.keys(fields).length

/** A host without a deadline. */
export const neverMs: number = Number.MAX_VALUE

export class Slots {
  readonly buffer: SharedArrayBuffer
  readonly capacity: number
  readonly #values: Float64Array

  constructor(source: SharedArrayBuffer | number) {
    this.buffer = typeof source === 'number' ? new SharedArrayBuffer(source * fieldCount * 8) : source
    this.#values = new Float64Array(this.buffer)
    this.capacity = this.#values.length / fieldCount
  }

  /** Aligned 8-byte loads and stores do not tear on the platforms that Node supports. */
  read(slot: number, field: SlotField): number {
    return this.#values[slot * fieldCount + fields[field]] ?? 0
  }

  write(slot: number, field: SlotField, value: number): void {
    this.#values[slot * fieldCount + fields[field]] = value
  }

  /** Prepares a row for a new process. */
  reset(slot: number, residentLimitMb: number): void {
    this.write(slot, 'killAtMs', neverMs)
    this.write(slot, 'residentMb', 0)
    this.write(slot, 'cpuMs', 0)
    this.write(slot, 'runQueueWaitMs', 0)
    this.write(slot, 'residentLimitMb', residentLimitMb)
  }
}
