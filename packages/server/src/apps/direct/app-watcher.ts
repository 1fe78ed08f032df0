import { dirname } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'

/** Changes that come this close together are one, in milliseconds. */
const settleMs = 40

/** Tells when a file of the app has changed: one that it was loaded from, or, after a failed load, any in the same folders. */
export class AppWatcher implements AsyncDisposable {
  readonly #watcher: FSWatcher
  readonly #changed: (file: string, event: string) => void
  #files: ReadonlySet<string> = new Set()
  #folders: ReadonlySet<string> = new Set()
  #all = false
  #timer: NodeJS.Timeout | undefined

  constructor(changed: (file: string, event: string) => void) {
    this.#changed = changed
    this.#watcher = watch([], { ignoreInitial: true, depth: 0 })
    this.#watcher.on('all', (event, path) => this.#see(path, event))
  }

  /** From now on these files. `all`: what is new beside them counts too. */
  follow(files: readonly string[], all: boolean): void {
    this.#files = new Set([...files, ...(all ? this.#files : [])])
    this.#all = all
    // Folders, because editors replace files.
    this.#folders = new Set([...this.#files].map((file) => dirname(file)))
    this.#watcher.add([...this.#folders])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#watcher.close()
  }

  #see(path: string, event: string): void {
    if (!this.#files.has(path) && !this.#all) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#changed(path, event), settleMs)
  }
}
