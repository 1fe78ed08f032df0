import { Buffer } from 'node:buffer'
import { mkdirSync, readdirSync } from 'node:fs'
import { EventBlock } from '../batch/event-block.ts'
import type { DiskPart } from '../batch/origin.ts'
import { BatchError } from '../errors/batch-error.ts'
import type { Clock, Timer } from '../util/clock.ts'
import type { SpillFiles } from './files.ts'
import { decodeFrameAt, encodeFrame, type EventsFrame } from './frame.ts'
import { FolderLock } from './lock.ts'
import { recoverSegments, segmentNumbers, type RecoveredBatch } from './recover.ts'
import { Segments, type Fsync } from './segments.ts'

export interface SpillStoreOptions {
  readonly folder: string
  readonly maxBytes: number
  readonly segmentBytes: number
  readonly fsync: Fsync
  readonly files: SpillFiles
  readonly clock: Clock
}

export interface SpillStats {
  readonly bytes: number
  readonly segments: number
  /** Ranges of bytes on disk that held no readable frame; each was set aside, not read again. */
  readonly corruptFrames: number
  /** Writes that the disk or `maxBytes` refused. The events stayed in memory. */
  readonly failedWrites: number
}

interface PendingWrite {
  readonly frame: EventsFrame
  readonly resolve: (part: DiskPart) => void
  readonly reject: (cause: unknown) => void
}

/** How long settled batches wait before their acknowledgements are written. */
const ackDelayMs = 20

/**
 * Batches on disk. Writes that come while one is running are written together after it. What is settled is recorded by an
 * acknowledgement frame, so that a restart sends only what was not settled: no cursor that could run ahead of the data.
 */
export class SpillStore {
  readonly #options: SpillStoreOptions
  readonly #lock: FolderLock
  readonly #segments: Segments
  readonly #found: readonly number[]
  #pending: PendingWrite[] = []
  #acked: string[] = []
  #writing: Promise<void> | undefined
  #ackTimer: Timer | undefined
  #syncTimer: Timer | undefined
  #corruptFrames = 0
  #failedWrites = 0
  /** Until everything found is accounted for, no file may be taken for settled. */
  #isRecovered = false
  #isClosed = false

  /** @throws {BatchError} `EK_BATCH_SPILL_LOCKED`, or `EK_BATCH_SPILL_UNUSABLE` when the folder cannot be made or written. */
  constructor(options: SpillStoreOptions) {
    this.#options = options
    try {
      mkdirSync(options.folder, { recursive: true })
      this.#lock = new FolderLock(options.folder)
      this.#found = segmentNumbers(readdirSync(options.folder))
    } catch (cause) {
      if (cause instanceof BatchError) throw cause
      throw new BatchError('EK_BATCH_SPILL_UNUSABLE', `Cannot use "${options.folder}" for spilling`, { cause })
    }
    this.#segments = new Segments({ ...options, firstNumber: (this.#found.at(-1) ?? 0) + 1 })
  }

  /** Finds what earlier processes left. Called once. Never rejects: what cannot be read is counted. */
  async recover(): Promise<readonly RecoveredBatch[]> {
    const { batches, corruptFrames } = await recoverSegments(this.#found, this.#options.files, this.#segments)
    this.#corruptFrames += corruptFrames
    this.#isRecovered = true
    this.#startWriting()
    await this.#writing
    return batches
  }

  /** Resolves when the frame is where `fsync` wants it; rejects when the disk refused it. */
  write(frame: EventsFrame): Promise<DiskPart> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ frame, resolve, reject })
      this.#startWriting()
    })
  }

  /** Writes while the process ends. Throws what the disk throws. */
  writeSync(frames: readonly EventsFrame[]): void {
    const encoded = frames.map((frame) => encodeFrame(frame))
    if (this.#acked.length > 0) encoded.push(encodeFrame({ kind: 'ack', batchIds: this.#acked }))
    this.#segments.appendSync(encoded)
  }

  /** Reads a batch back. `undefined` when a part of it can no longer be read. */
  async read(
    parts: readonly DiskPart[],
    options: { readonly batchId: string; readonly openedAtMs: number },
  ): Promise<EventBlock | undefined> {
    const frames: EventsFrame[] = []
    for (const part of parts) {
      const bytes = await this.#segments.read(part).catch(() => undefined)
      const frame = bytes === undefined ? undefined : decodeFrameAt(bytes, 0)?.frame
      if (frame === undefined || frame.kind !== 'events') {
        this.#corruptFrames += 1
        return undefined
      }
      frames.push(frame)
    }
    return joinFrames(frames, options)
  }

  /** The batch is settled: a restart is not to send it again. */
  settle(batchId: string, parts: readonly DiskPart[]): void {
    for (const part of parts) this.#segments.release(part)
    if (this.#isClosed) return
    this.#acked.push(batchId)
    this.#ackTimer ??= this.#options.clock.schedule(ackDelayMs, () => {
      this.#ackTimer = undefined
      this.#startWriting()
    })
  }

  stats(): SpillStats {
    const { bytes, count } = this.#segments
    return { bytes, segments: count, corruptFrames: this.#corruptFrames, failedWrites: this.#failedWrites }
  }

  /** Writes what is left to write, removes the files that hold nothing, and frees the folder. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#ackTimer?.cancel()
    this.#syncTimer?.cancel()
    do {
      this.#startWriting()
      await this.#writing
    } while (this.#pending.length > 0 || this.#acked.length > 0)
    if (this.#options.fsync !== 'none') await this.#segments.sync().catch(() => undefined)
    if (this.#isRecovered) await this.#segments.removeSettled({ includeActive: true })
    await this.#segments.close()
    this.#lock.release()
  }

  #startWriting(): void {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
      // What came between the last look and now.
      if (this.#pending.length > 0) this.#startWriting()
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#pending.length > 0 || this.#acked.length > 0) {
      // Whatever the same turn asks for goes into one write.
      await Promise.resolve()
      const group = this.#pending
      this.#pending = []
      await this.#writeAcks()
      if (group.length > 0) await this.#writeGroup(group)
    }
    if (this.#isRecovered) await this.#segments.removeSettled({ includeActive: false })
  }

  async #writeGroup(group: readonly PendingWrite[]): Promise<void> {
    try {
      const parts = await this.#segments.append(group.map(({ frame }) => encodeFrame(frame)))
      for (const [index, part] of parts.entries()) group[index]?.resolve(part)
      this.#scheduleSync()
    } catch (cause) {
      this.#failedWrites += group.length
      for (const write of group) write.reject(cause)
    }
  }

  /** A lost acknowledgement costs a duplicate after a crash, not an event: it is not tried again. */
  async #writeAcks(): Promise<void> {
    const batchIds = this.#acked
    this.#acked = []
    if (batchIds.length === 0 || this.#segments.count === 0) return
    try {
      const [part] = await this.#segments.append([encodeFrame({ kind: 'ack', batchIds })])
      if (part !== undefined) this.#segments.release(part)
    } catch {
      this.#failedWrites += 1
    }
  }

  #scheduleSync(): void {
    const { fsync, clock } = this.#options
    if (typeof fsync === 'string' || this.#isClosed) return
    this.#syncTimer ??= clock.schedule(fsync.everyMs, () => {
      this.#syncTimer = undefined
      this.#segments.sync().catch(() => (this.#failedWrites += 1))
    })
  }
}

/** Parts of one batch, in the order they were written, as one block. */
function joinFrames(
  frames: readonly EventsFrame[],
  options: { readonly batchId: string; readonly openedAtMs: number },
): EventBlock {
  const [first] = frames
  const ends: number[] = []
  for (const frame of frames) {
    const base = ends.at(-1) ?? 0
    for (const end of frame.ends) ends.push(base + end)
  }
  return EventBlock.restore({
    id: options.batchId,
    key: first?.key,
    openedAtMs: options.openedAtMs,
    ends,
    ids: first?.ids === undefined ? undefined : frames.flatMap((frame) => frame.ids ?? []),
    bytes: Buffer.concat(frames.map((frame) => frame.bytes)),
  })
}
