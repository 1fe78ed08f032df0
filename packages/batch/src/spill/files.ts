import { Buffer } from 'node:buffer'
import { constants } from 'node:fs'
import { open, readFile, truncate, unlink, writeFile } from 'node:fs/promises'

/** A file being written. */
export interface SpillFile {
  write(data: Uint8Array, position: number): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file operations of the spill, so that a test can make any of them fail. */
export interface SpillFiles {
  create(path: string): Promise<SpillFile>
  read(path: string, offset: number, length: number): Promise<Buffer>
  readAll(path: string): Promise<Buffer>
  write(path: string, data: Uint8Array): Promise<void>
  truncate(path: string, length: number): Promise<void>
  remove(path: string): Promise<void>
  syncFolder(folder: string): Promise<void>
}

export const nodeFiles: SpillFiles = {
  create: async (path) => {
    const handle = await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600)
    return {
      write: (data, position) => writeFully(handle, data, position),
      sync: () => handle.datasync(),
      close: () => handle.close(),
    }
  },
  read: async (path, offset, length) => {
    await using handle = await open(path, 'r')
    const data = Buffer.allocUnsafe(length)
    const { bytesRead } = await handle.read(data, 0, length, offset)
    return data.subarray(0, bytesRead)
  },
  readAll: (path) => readFile(path),
  write: (path, data) => writeFile(path, data, { mode: 0o600 }),
  truncate: (path, length) => truncate(path, length),
  remove: (path) => unlink(path),
  syncFolder: async (folder) => {
    await using handle = await open(folder, 'r')
    await handle.sync()
  },
}

async function writeFully(handle: Awaited<ReturnType<typeof open>>, data: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < data.length) {
    const { bytesWritten } = await handle.write(data, written, data.length - written, position + written)
    written += bytesWritten
  }
}
