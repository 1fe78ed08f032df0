import { once } from 'node:events'
import { dirname } from 'node:path'
import { watch, type FSWatcher } from 'chokidar'

/** Changes that come this close together are one, in milliseconds. */
const settleMs = 40

/** What an app is written in: logs and databases that it keeps beside itself are no reason to load it anew. */
const source: RegExp = /\.(?:[cm]?[jt]sx?|json)$/

/** Tells when a file of the app has changed: one that it was loaded from, or, after a failed load, any source in the same folders. */
export class AppWatcher implements AsyncDisposable {
  readonly #watcher: FSWatcher
  readonly #changed: (file: string, event: string) => void
  #files: ReadonlySet<string>
  #all = false
  #timer: NodeJS.Timeout | undefined

  private constructor(files: readonly string[], changed: (file: string, event: string) => void) {
    this.#changed = changed
    this.#files = new Set(files)
    this.#watcher = watch(foldersOf(files), { ignoreInitial: true, depth: 0 })
    this.#watcher.on('all', (event, path) => this.#see(path, event))
  }

  /** Resolves when no change is missed any more. */
  static async open(files: readonly string[], changed: (file: string, event: string) => void): Promise<AppWatcher> {
    const watcher = new AppWatcher(files, changed)
    await once(watcher.#watcher, 'ready')
    return watcher
  }

  /** From now on these files. `all`: sources that are new beside them count, too. */
  follow(files: readonly string[], all: boolean): void {
    this.#files = new Set([...files, ...(all ? this.#files : [])])
    this.#all = all
    this.#watcher.add(foldersOf([...this.#files]))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer)
    await this.#watcher.close()
  }

  #see(path: string, event: string): void {
    if (!this.#files.has(path) && !(this.#all && source.test(path))) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#changed(path, event), settleMs)
  }
}

/** Folders, because editors replace files. */
function foldersOf(files: readonly string[]): string[] {
  return [...new Set(files.map((file) => dirname(file)))]
}
