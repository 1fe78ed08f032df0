import { Buffer } from 'node:buffer'
import { closeSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { DiskPart } from '../batch/origin.ts'
import type { SpillFile, SpillFiles } from './files.ts'

export type Fsync = 'none' | 'batch' | { readonly everyMs: number }

/** Thrown by a write that `maxBytes` does not allow. */
class SpillFullError extends Error {
  override readonly name = 'SpillFullError'
}

interface Segment {
  readonly number: number
  readonly path: string
  bytes: number
  /** Parts of unsettled batches in it. At zero the file can go. */
  live: number
}

/**
 * The segment files of one folder, append-only. A segment that failed a write is never written again, so that whatever the failure left
 * is the end of that file.
 */
export class Segments {
  readonly #folder: string
  readonly #files: SpillFiles
  readonly #maxBytes: number
  readonly #segmentBytes: number
  readonly #fsync: Fsync
  readonly #segments = new Map<number, Segment>()
  #active: { readonly segment: Segment; readonly file: SpillFile } | undefined
  #nextNumber: number
  #bytes = 0

  constructor(options: {
    readonly folder: string
    readonly files: SpillFiles
    readonly maxBytes: number
    readonly segmentBytes: number
    readonly fsync: Fsync
    /** Above every number in the folder. */
    readonly firstNumber: number
  }) {
    this.#folder = options.folder
    this.#files = options.files
    this.#maxBytes = options.maxBytes
    this.#segmentBytes = options.segmentBytes
    this.#fsync = options.fsync
    this.#nextNumber = options.firstNumber
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#segments.size
  }

  /** Takes on a file of an earlier process. */
  adopt(number: number, bytes: number): void {
    this.#segments.set(number, { number, path: this.pathOf(number), bytes, live: 0 })
    this.#bytes += bytes
  }

  pathOf(number: number): string {
    return join(this.#folder, `${String(number).padStart(12, '0')}.seg`)
  }

  /** Appends encoded frames in one write. Each returned part counts as live until it is released. */
  async append(frames: readonly Buffer[]): Promise<DiskPart[]> {
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0)
    if (this.#bytes + bytes > this.#maxBytes) throw new SpillFullError('The spill folder is full')
    const { segment, file } = await this.#activeFor(bytes)
    try {
      await file.write(
        frames.length === 1 && frames[0] !== undefined ? frames[0] : Buffer.concat(frames),
        segment.bytes,
      )
      if (this.#fsync === 'batch') await file.sync()
    } catch (error) {
      await this.#abandonActive()
      throw error
    }
    return this.#record(segment, frames)
  }

  /** Appends at the end of the process, when nothing asynchronous runs any more, into a file of its own. */
  appendSync(frames: readonly Buffer[]): void {
    const segment = this.#newSegment()
    const handle = openSync(segment.path, 'wx', 0o600)
    try {
      for (const frame of frames) for (let at = 0; at < frame.length; at += writeSync(handle, frame, at));
    } finally {
      closeSync(handle)
    }
    this.#record(segment, frames)
  }

  read(part: DiskPart): Promise<Buffer> {
    return this.#files.read(this.pathOf(part.segment), part.offset, part.length)
  }

  /** Counts a part found by recovery. */
  retain(part: DiskPart): void {
    const segment = this.#segments.get(part.segment)
    if (segment !== undefined) segment.live += 1
  }

  release(part: DiskPart): void {
    const segment = this.#segments.get(part.segment)
    if (segment !== undefined) segment.live -= 1
  }

  /** Removes the files that hold nothing any more. A file that cannot be removed is tried again at the next call. */
  async removeSettled(options: { readonly includeActive: boolean }): Promise<void> {
    for (const segment of this.#segments.values()) {
      if (segment.live > 0) continue
      if (segment === this.#active?.segment) {
        if (!options.includeActive) continue
        await this.#abandonActive()
      }
      await this.#files.remove(segment.path).then(
        () => this.#forget(segment),
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') this.#forget(segment)
        },
      )
    }
  }

  async sync(): Promise<void> {
    await this.#active?.file.sync()
  }

  async close(): Promise<void> {
    await this.#abandonActive()
  }

  async #activeFor(bytes: number): Promise<{ readonly segment: Segment; readonly file: SpillFile }> {
    const active = this.#active
    if (active !== undefined && active.segment.bytes + bytes <= this.#segmentBytes) return active
    if (active !== undefined && active.segment.bytes === 0) return active
    await this.#abandonActive()
    const segment = this.#newSegment()
    try {
      this.#active = { segment, file: await this.#files.create(segment.path) }
      if (this.#fsync !== 'none') await this.#files.syncFolder(this.#folder)
    } catch (error) {
      this.#segments.delete(segment.number)
      throw error
    }
    return this.#active
  }

  #newSegment(): Segment {
    const number = this.#nextNumber
    this.#nextNumber += 1
    const segment: Segment = { number, path: this.pathOf(number), bytes: 0, live: 0 }
    this.#segments.set(number, segment)
    return segment
  }

  #record(segment: Segment, frames: readonly Buffer[]): DiskPart[] {
    return frames.map((frame) => {
      const part: DiskPart = { segment: segment.number, offset: segment.bytes, length: frame.length }
      segment.bytes += frame.length
      segment.live += 1
      this.#bytes += frame.length
      return part
    })
  }

  async #abandonActive(): Promise<void> {
    const active = this.#active
    this.#active = undefined
    await active?.file.close().catch(() => undefined)
  }

  #forget(segment: Segment): void {
    this.#segments.delete(segment.number)
    this.#bytes -= segment.bytes
  }
}
