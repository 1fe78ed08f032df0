import { nodeFiles, type SpillFiles } from '../../src/spill/files.ts'

type Operation = 'create' | 'write' | 'read' | 'remove' | 'sync'

/** Real files, of which a test makes some operations fail with an errno. A failing write leaves half of its data behind. */
export class FailingFiles implements SpillFiles {
  readonly failing = new Map<Operation, string>()
  failures = 0

  fail(operation: Operation, code: string): void {
    this.failing.set(operation, code)
  }

  async create(path: string): ReturnType<SpillFiles['create']> {
    this.#check('create')
    const file = await nodeFiles.create(path)
    return {
      write: async (data, position) => {
        if (this.failing.has('write')) await file.write(data.subarray(0, data.length >> 1), position)
        this.#check('write')
        await file.write(data, position)
      },
      sync: async () => {
        this.#check('sync')
        await file.sync()
      },
      close: () => file.close(),
    }
  }

  async read(path: string, offset: number, length: number): Promise<Buffer> {
    this.#check('read')
    return nodeFiles.read(path, offset, length)
  }

  readAll(path: string): Promise<Buffer> {
    return nodeFiles.readAll(path)
  }

  write(path: string, data: Uint8Array): Promise<void> {
    return nodeFiles.write(path, data)
  }

  truncate(path: string, length: number): Promise<void> {
    return nodeFiles.truncate(path, length)
  }

  async remove(path: string): Promise<void> {
    this.#check('remove')
    await nodeFiles.remove(path)
  }

  syncFolder(folder: string): Promise<void> {
    return nodeFiles.syncFolder(folder)
  }

  #check(operation: Operation): void {
    const code = this.failing.get(operation)
    if (code === undefined) return
    this.failures += 1
    throw Object.assign(new Error(`${code}: made by the test, ${operation}`), { code })
  }
}
