import { join } from 'node:path'
import { readText } from './read-text.ts'

/** The group of one process. */
export class MemoryGroup {
  readonly #folder: string
  readonly #events: string
  /** Once its process is gone and {@link exceeded} was read; a second removal does nothing. */
  readonly remove: () => void

  constructor(folder: string, events: string, remove: () => void) {
    this.#folder = folder
    this.#events = events
    this.remove = remove
  }

  /** The kernel killed a process of this group for its memory. */
  get exceeded(): boolean {
    const [, count = '0'] = /^oom_kill (\d+)$/m.exec(readText(join(this.#folder, this.#events))) ?? []
    return Number(count) > 0
  }
}
