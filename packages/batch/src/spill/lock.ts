import { randomUUID } from 'node:crypto'
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { BatchError } from '../errors/batch-error.ts'

/** Who holds a folder. The start time tells a process from a later one with the same id. */
interface Owner {
  readonly pid: number
  readonly startedAt: string
  readonly nonce: string
}

/** The folders this process holds: the lock file alone could not tell two processors of one process apart. */
const held = new Set<string>()

/** Keeps a folder for one processor. */
export class FolderLock {
  readonly #path: string
  readonly #folder: string

  /**
   * Takes the lock, also from a process that is gone.
   * @throws {BatchError} `EK_BATCH_SPILL_LOCKED` when a living process holds it.
   */
  constructor(folder: string) {
    this.#folder = folder
    this.#path = join(folder, 'lock')
    if (held.has(folder)) throw lockedError(folder, process.pid)
    this.#acquire()
    held.add(folder)
  }

  release(): void {
    if (!held.delete(this.#folder)) return
    try {
      unlinkSync(this.#path)
    } catch {
      // The folder is gone or no longer writable: a dead owner's lock is taken over anyway.
    }
  }

  #acquire(): void {
    for (let attempt = 0; attempt < 5; attempt += 1) {
      if (this.#create()) return
      const owner = readOwner(this.#path)
      if (owner === undefined) continue
      if (isAlive(owner)) throw lockedError(this.#folder, owner.pid)
      this.#removeStale(owner)
    }
    throw lockedError(this.#folder, undefined)
  }

  /** The file appears with its content or not at all: nobody can read half an owner. */
  #create(): boolean {
    const owner: Owner = { pid: process.pid, startedAt: startTime(process.pid) ?? '', nonce: randomUUID() }
    const draft = `${this.#path}.${owner.nonce}`
    writeFileSync(draft, JSON.stringify(owner), { flag: 'wx', mode: 0o600 })
    try {
      linkSync(draft, this.#path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
      throw error
    } finally {
      unlinkSync(draft)
    }
  }

  /** Moves the dead owner's file aside; when another process was faster and it is its file that was moved, puts it back. */
  #removeStale(seen: Owner): void {
    const aside = `${this.#path}.${randomUUID()}`
    try {
      renameSync(this.#path, aside)
      if (readOwner(aside)?.nonce !== seen.nonce) linkSync(aside, this.#path)
      unlinkSync(aside)
    } catch {
      // Another process took the file: the next attempt sees what it left.
    }
  }
}

function lockedError(folder: string, pid: number | undefined): BatchError {
  const owner = pid === undefined ? 'another process' : `process ${pid}`
  return new BatchError('EK_BATCH_SPILL_LOCKED', `Cannot use "${folder}" for spilling: ${owner} is using it`)
}

/** `undefined` when there is no file; an owner that is nobody when it holds no owner. */
function readOwner(path: string): Owner | undefined {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    const { pid, startedAt, nonce } = JSON.parse(text) as Partial<Owner>
    return { pid: pid ?? 0, startedAt: startedAt ?? '', nonce: nonce ?? text }
  } catch {
    return { pid: 0, startedAt: '', nonce: text }
  }
}

function isAlive(owner: Owner): boolean {
  if (!Number.isInteger(owner.pid) || owner.pid <= 0) return false
  try {
    process.kill(owner.pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const startedAt = startTime(owner.pid)
  return startedAt === undefined || startedAt === owner.startedAt
}

/** Clock ticks since boot at which the process started; `undefined` where there is no `/proc`. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}
