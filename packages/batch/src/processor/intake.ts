import { Buffer } from 'node:buffer'
import type { EncodedEvent } from '../destination/collector.ts'
import type { Receipt } from '../batch/event-block.ts'
import { BatchError } from '../errors/batch-error.ts'
import type { ResolvedEvents } from '../options/resolve.ts'

/** Turns an event into the bytes that are sent, at once: what happens to the object later changes nothing. */
export class Intake<T> {
  readonly #options: ResolvedEvents<T>

  constructor(options: ResolvedEvents<T>) {
    this.#options = options
  }

  get hasIds(): boolean {
    return this.#options.id !== undefined
  }

  isSampledOut(event: T): boolean {
    const { sample } = this.#options
    return sample !== undefined && !sample(event)
  }

  /** Throws whatever the user's functions throw, or `EK_BATCH_ENCODE` when the result is nothing that can be sent. */
  encode(event: T, onReceipt?: (receipt: Receipt) => void): EncodedEvent {
    const { encode, key, id, checksNewlines } = this.#options
    const data = encode(event)
    if (typeof data !== 'string' && !(data instanceof Uint8Array)) throw notEncoded(event, data)
    if (checksNewlines && hasNewline(data)) {
      throw new BatchError(
        'EK_BATCH_ENCODE',
        'Cannot send an event whose encoding holds a newline: it would be read as two',
      )
    }
    return {
      data,
      framedBytes: (typeof data === 'string' ? Buffer.byteLength(data) : data.length) + 1,
      key: key === undefined ? undefined : String(key(event)),
      id: id === undefined ? undefined : String(id(event)),
      onReceipt,
    }
  }
}

function hasNewline(data: string | Uint8Array): boolean {
  return typeof data === 'string' ? data.includes('\n') : data.includes(10)
}

function notEncoded(event: unknown, data: unknown): BatchError {
  const what = data === undefined && event === undefined ? 'undefined' : `a ${typeof event}`
  return new BatchError('EK_BATCH_ENCODE', `Cannot encode ${what}: the encoder returned ${typeof data}`)
}
