import { accessSync, constants, mkdirSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { MemoryGroup } from './memory-group.ts'
import { readText } from './read-text.ts'

/** Above the limit that sampling enforces: the group's also counts the kernel's memory and cached files. */
const limitShare = 1.25
const limitExtraMb = 32

/** The files of the two versions of cgroups (Linux `Documentation/admin-guide/cgroup-v1/memory.rst` and `cgroup-v2.rst`). */
interface GroupFiles {
  readonly limit: string
  readonly swapLimit: string
  /** What to write for no swap beside a limit. */
  readonly noSwap: (limitBytes: number) => number
  /** Has a line `oom_kill <count>`. */
  readonly events: string
}

const version1: GroupFiles = {
  limit: 'memory.limit_in_bytes',
  swapLimit: 'memory.memsw.limit_in_bytes',
  noSwap: (limitBytes) => limitBytes,
  events: 'memory.oom_control',
}
const version2: GroupFiles = {
  limit: 'memory.max',
  swapLimit: 'memory.swap.max',
  noSwap: () => 0,
  events: 'memory.events',
}

/**
 * One memory group of the kernel for each host, below the group of this process, where it may have any: what grows faster than samples
 * are taken is ended by the kernel, and takes nothing from others.
 */
export class MemoryGroups {
  readonly #folder: string
  readonly #files: GroupFiles
  readonly #prefix: string
  /** Could not be removed yet: the kernel lets go of a group a moment after its last process. */
  readonly #left = new Set<string>()

  private constructor(folder: string, files: GroupFiles, owner: string) {
    this.#folder = folder
    this.#files = files
    this.#prefix = `evenkeel-${owner}-`
  }

  /**
   * Undefined where this process may not make groups. Removes those that a process which was killed left behind.
   *
   * @param owner tells the groups of this supervisor from others: a process id, a dash, and anything else.
   */
  static open(owner: string, root = '/sys/fs/cgroup', self = '/proc/self/cgroup'): MemoryGroups | undefined {
    const place = findPlace(root, readText(self))
    if (place === undefined) return undefined
    removeLeftovers(place.folder)
    return new MemoryGroups(place.folder, place.files, owner)
  }

  /** Moves a process into a group of its own. Undefined when that fails: the samples hold alone then. */
  add(name: string, pid: number, residentLimitMb: number): MemoryGroup | undefined {
    this.#sweep()
    const folder = join(this.#folder, `${this.#prefix}${name}`)
    const limitBytes = Math.ceil(residentLimitMb * limitShare + limitExtraMb) * 1_048_576
    try {
      mkdirSync(folder)
      writeFileSync(join(folder, this.#files.limit), String(limitBytes))
      writeQuietly(join(folder, this.#files.swapLimit), String(this.#files.noSwap(limitBytes)))
      writeFileSync(join(folder, 'cgroup.procs'), String(pid))
      return new MemoryGroup(folder, this.#files.events, () => this.#remove(folder))
    } catch {
      this.#remove(folder)
      return undefined
    }
  }

  #remove(folder: string): void {
    if (!removeGroup(folder)) this.#left.add(folder)
  }

  #sweep(): void {
    for (const folder of this.#left) if (removeGroup(folder)) this.#left.delete(folder)
  }

  [Symbol.dispose](): void {
    this.#sweep()
  }
}

/** `self` has a line `<number>:<controllers>:<path>` for each hierarchy. */
function findPlace(root: string, self: string): { folder: string; files: GroupFiles } | undefined {
  const lines = self.split('\n').map((line) => line.split(':'))
  const v1 = lines.find(([, controllers]) => controllers === 'memory')?.[2]
  if (v1 !== undefined)
    return writable(join(root, 'memory', v1)) && { folder: join(root, 'memory', v1), files: version1 }
  const v2 = lines.find(([number]) => number === '0')?.[2]
  if (v2 === undefined) return undefined
  const own = join(root, v2)
  const folder = [own, ...delegatedParent(own)].find(
    (each) => /\bmemory\b/.test(readText(join(each, 'cgroup.subtree_control'))) && writable(each) !== undefined,
  )
  return folder === undefined ? undefined : { folder, files: version2 }
}

/** A service manager that puts this process into a group below its unit's has left the unit's group to it (systemd `DelegateSubgroup=`). */
function delegatedParent(own: string): string[] {
  const parent = dirname(own)
  return /\.(?:service|scope)$/.test(basename(parent)) ? [parent] : []
}

function writable(folder: string): true | undefined {
  try {
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
    accessSync(folder, constants.W_OK)
    return true
  } catch {
    return undefined
  }
}

function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^evenkeel-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid))) removeGroup(join(folder, name))
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Whether it is gone. */
function removeGroup(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
  }
}

function writeQuietly(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch {
    // A kernel without accounting of swap.
  }
}
