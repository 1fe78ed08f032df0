import { link, open, unlink, type FileHandle } from 'node:fs/promises'
import { integer, knownOnly, oneOf, optionError } from '../options/check.ts'
import type { SendOutcome, Transport } from '../transport/transport.ts'

export interface FileTransportOptions {
  readonly path: string
  /** Names the destination in metrics and in the spill. Default `file`. */
  readonly name?: string
  /** Size from which the file is set aside as `<path>.<time>.<number>` and a new one begun. Default: never. */
  readonly rotateBytes?: number
  /** `batch` forces every batch to the device before it counts as delivered. Default `none`. */
  readonly fsync?: 'none' | 'batch'
}

/** Appends batches to a file, one event a line. A batch is in it whole or not at all, also when the disk fills up half-way. */
export function fileTransport(options: FileTransportOptions): Transport {
  knownOnly('options', options, ['path', 'name', 'rotateBytes', 'fsync'])
  if (typeof options.path !== 'string' || options.path === '')
    throw optionError('path', 'the path of a file', options.path)
  const rotateBytes = integer('rotateBytes', options.rotateBytes ?? Number.MAX_SAFE_INTEGER, { min: 1 })
  const fsync = oneOf('fsync', options.fsync ?? 'none', ['none', 'batch'])
  const file = new AppendedFile(options.path, { rotateBytes, fsync })
  return {
    name: options.name ?? 'file',
    framing: 'lines',
    open: () => file.open(),
    send: (batch) => file.append(batch.lines()),
    close: () => file.close(),
  }
}

class AppendedFile {
  readonly #path: string
  readonly #options: { readonly rotateBytes: number; readonly fsync: 'none' | 'batch' }
  #handle: FileHandle | undefined
  #bytes = 0
  #rotations = 0
  /** Appends run one after the other: two at the same position would overwrite each other. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, options: { readonly rotateBytes: number; readonly fsync: 'none' | 'batch' }) {
    this.#path = path
    this.#options = options
  }

  async open(): Promise<void> {
    if (this.#handle !== undefined) return
    const handle = await open(this.#path, 'a')
    const { size, mode } = await handle.stat()
    this.#bytes = (mode & 0o170000) === 0o100000 ? size : 0
    this.#handle = handle
  }

  append(data: Uint8Array): Promise<SendOutcome> {
    const next = this.#last.then(() => this.#appendNow(data))
    this.#last = next
    return next
  }

  async close(): Promise<void> {
    await this.#last
    await this.#handle?.close()
    this.#handle = undefined
  }

  async #appendNow(data: Uint8Array): Promise<SendOutcome> {
    try {
      await this.open()
      await this.#write(data)
    } catch (cause) {
      await this.#undo()
      return { status: 'retry', blame: 'destination', cause }
    }
    this.#bytes += data.length
    if (this.#bytes >= this.#options.rotateBytes) await this.#rotate()
    return { status: 'delivered' }
  }

  async #write(data: Uint8Array): Promise<void> {
    for (let written = 0; written < data.length;) {
      const result = await this.#handle?.write(data, written, data.length - written)
      written += result?.bytesWritten ?? 0
    }
    if (this.#options.fsync === 'batch') await this.#handle?.datasync()
  }

  /** Takes back the part of a batch that a failed write left. */
  async #undo(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.truncate(this.#bytes).catch(() => undefined)
    await handle?.close().catch(() => undefined)
  }

  /** A file that cannot be set aside goes on growing: the events matter more. */
  async #rotate(): Promise<void> {
    const time = new Date().toISOString().replaceAll(':', '-')
    this.#rotations += 1
    try {
      // A link, unlike a rename, never replaces a file that is there.
      await link(this.#path, `${this.#path}.${time}.${this.#rotations}`)
      await unlink(this.#path)
    } catch {
      return
    }
    await this.#handle?.close().catch(() => undefined)
    this.#handle = undefined
  }
}
