import type { Epoch } from './epoch.ts'

/** Where a part of a batch lies on disk; only the spill reads it. */
export interface DiskPart {
  readonly segment: number
  readonly offset: number
  readonly length: number
}

/**
 * What all slices of one sealed batch have in common. When none of its events is left to settle, its copy on disk is done with.
 */
export class Origin {
  readonly id: string
  readonly epoch: Epoch
  /** Frames that hold the batch on disk; empty while it is in memory only. */
  parts: readonly DiskPart[]
  /** Every event of it can be read back from disk. */
  isWholeOnDisk: boolean
  unsettled: number

  constructor(options: { id: string; epoch: Epoch; parts: readonly DiskPart[]; count: number }) {
    this.id = options.id
    this.epoch = options.epoch
    this.parts = options.parts
    this.isWholeOnDisk = options.parts.length > 0
    this.unsettled = options.count
  }
}
