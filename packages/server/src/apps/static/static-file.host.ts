import { close, constants, fstat, open, read, type Stats } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { promisify } from 'node:util'

// Plain descriptors: a FileHandle that is forgotten ends the process when it is collected, and a body may be forgotten by an app.
const openFd = promisify(open)
const closeFd = promisify(close)
const statFd = promisify(fstat)
const readFd = promisify(read)

/** Bytes read at a time. */
const chunkBytes = 64 * 1_024

/**
 * A regular file that was looked at. It is opened when its stream is first read, and only if it is still the same file with the same
 * content: what is sent is what was looked at, and nothing is open for a body that nobody reads.
 */
export class StaticFile {
  readonly name: string
  readonly type: string
  readonly size: number
  readonly lastModified: number
  /** Changes with the file and its content. */
  readonly version: string

  private constructor(path: string, type: string, stats: Stats) {
    this.name = path
    this.type = type
    this.size = stats.size
    this.lastModified = stats.mtimeMs
    this.version = versionOf(stats)
  }

  /** `undefined` when there is no regular file. `path` is a real path. */
  static async find(path: string, type: string): Promise<StaticFile | undefined> {
    const stats = await lstat(path).catch(() => undefined)
    return stats?.isFile() === true ? new StaticFile(path, type, stats) : undefined
  }

  stream(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return this.#read(0, this.size)
  }

  slice(start: number = 0, end: number = this.size): { stream(): ReadableStream<Uint8Array<ArrayBuffer>> } {
    return { stream: () => this.#read(start, end) }
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return new Response(this.stream()).arrayBuffer()
  }

  #read(start: number, end: number): ReadableStream<Uint8Array<ArrayBuffer>> {
    let fd: number | undefined
    let position = start
    return new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        pull: async (controller) => {
          fd ??= await this.#open()
          const buffer = new Uint8Array(Math.min(chunkBytes, end - position))
          const bytesRead = await readAt(fd, buffer, position).catch(async (error: unknown) => {
            if (fd !== undefined) await closeFd(fd)
            throw error
          })
          position += bytesRead
          if (bytesRead > 0) controller.enqueue(buffer.subarray(0, bytesRead))
          if (position < end && bytesRead > 0) return
          await closeFd(fd)
          // A file that became shorter cannot fill the length that was announced.
          if (position < end) controller.error(new Error('The file became shorter while it was sent'))
          else controller.close()
        },
        cancel: async () => {
          if (fd !== undefined) await closeFd(fd)
        },
      },
      { highWaterMark: 0 },
    )
  }

  async #open(): Promise<number> {
    // Without O_NONBLOCK, opening a pipe that took the name meanwhile would wait for whoever writes to it.
    const fd = await openFd(this.name, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (versionOf(await statFd(fd)) === this.version) return fd
    await closeFd(fd)
    throw new Error('The file changed before it was sent')
  }
}

function versionOf({ ino, size, mtimeMs }: Stats): string {
  return [ino, size, Math.round(mtimeMs * 1_000)].map((part) => part.toString(36)).join('-')
}

async function readAt(fd: number, buffer: Uint8Array, position: number): Promise<number> {
  if (buffer.length === 0) return 0
  return (await readFd(fd, buffer, 0, buffer.length, position)).bytesRead
}
