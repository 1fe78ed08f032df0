import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PoolError } from '../errors/pool-error.ts'
import { startRecordBytes, startSlotBytes, startSlots } from '../wire/start-slots.ts'

/** Memory, where there is such a folder. */
const folders = ['/dev/shm', tmpdir()]

/**
 * What a host notes of the programs that it starts, in a file without a name that both have open. A frame would tell the same, but it
 * would wake the gateway for each run; this is looked at only when the host is lost.
 */
export class StartRecord implements Disposable {
  readonly descriptor: number

  private constructor(descriptor: number) {
    this.descriptor = descriptor
  }

  /** Throws `EK_POOL_START` when no folder for temporary files can be written. */
  static create(): StartRecord {
    let cause: unknown
    for (const folder of folders) {
      try {
        return new StartRecord(openUnnamed(join(folder, `evenkeel-starts-${randomUUID()}`)))
      } catch (error) {
        cause = error
      }
    }
    throw new PoolError('EK_POOL_START', 'no host can be started: there is no room for its record of starts', { cause })
  }

  /**
   * Whether the program of this invocation may have begun.
   *
   * @param givenAfter invocations that the host was given after this one: a start that newer ones have overwritten counts as begun.
   */
  mayHaveStarted(invocationId: number, givenAfter: number): boolean {
    return givenAfter >= startSlots || this.#read()?.has(invocationId) !== false
  }

  /** Undefined when a part of it is gone, which no host does by itself: what stood there is not known. */
  #read(): ReadonlySet<number> | undefined {
    const bytes = Buffer.alloc(startRecordBytes)
    if (readSync(this.descriptor, bytes, 0, bytes.length, 0) < bytes.length) return undefined
    return new Set(Array.from({ length: startSlots }, (_, slot) => bytes.readUInt32LE(slot * startSlotBytes)))
  }

  /** Only when the host is gone: before that, it may not have been started, and would inherit another file. */
  [Symbol.dispose](): void {
    closeSync(this.descriptor)
  }
}

/** Its room is taken now: a full disk shows here, and not when a program is to start. */
function openUnnamed(path: string): number {
  const descriptor = openSync(path, 'wx+', 0o600)
  try {
    unlinkSync(path)
    writeSync(descriptor, Buffer.alloc(startRecordBytes), 0, startRecordBytes, 0)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    throw error
  }
}
