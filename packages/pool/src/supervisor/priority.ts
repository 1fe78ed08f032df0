import { readFileSync, readdirSync } from 'node:fs'
import { getPriority, setPriority } from 'node:os'

/**
 * How much nicer a host is whose run has gone on for long while short work waits: it gets about a tenth of a processor that both want
 * (weights 110 and 1024, Linux `sched_prio_to_weight`), so that it goes on, and neither its neighbours nor the gateway wait for its time slices.
 */
const yieldingBy = 10

/** The nicest there is: a seventieth of a processor that another wants (weights 15 and 1024). */
const nicest = 19

/**
 * Scheduling priority of host processes. Lowering one needs no right, raising it again does (CAP_SYS_NICE, or RLIMIT_NICE of 20); without
 * it no host is lowered, because none could be raised for the next run.
 */
export class HostPriority {
  readonly #ordinary: number
  #forbidden = false
  #tried = false

  /** @param nicerBy what a host is nicer by than this process as long as it lives, 0 to 19. */
  constructor(nicerBy: number = 0) {
    this.#ordinary = Math.min(nicest, getPriority() + nicerBy)
  }

  /** A process starts with the priority of this one. */
  settle(pid: number): void {
    if (this.#ordinary !== getPriority()) this.#set(pid, this.#ordinary)
  }

  /** Whether the process now gives way. */
  lower(pid: number, to: 'nicer' | 'nicest' = 'nicer'): boolean {
    if (!this.#tried) this.#try(pid)
    return !this.#forbidden && this.#set(pid, to === 'nicest' ? nicest : this.#nicer(yieldingBy))
  }

  /** What it has started meanwhile inherited its priority. */
  restore(pid: number): void {
    for (const each of [pid, ...childrenOf(pid)]) this.#set(each, this.#ordinary)
  }

  /** By one step only, so that a process that cannot be raised again has lost next to nothing. */
  #try(pid: number): void {
    this.#tried = this.#set(pid, this.#nicer(1)) && (this.#set(pid, this.#ordinary) || this.#forbidden)
  }

  /** On Linux a nice value belongs to a thread, and new threads inherit it. False when it is not allowed or the process is gone. */
  #set(pid: number, nice: number): boolean {
    try {
      for (const thread of threadsOf(pid)) setPriority(thread, nice)
      return true
    } catch (error) {
      if (/EACCES|EPERM/.test(String(error))) this.#forbidden = true
      return false
    }
  }

  #nicer(by: number): number {
    return Math.min(nicest, this.#ordinary + by)
  }
}

function childrenOf(pid: number): number[] {
  if (process.platform !== 'linux') return []
  try {
    const lists = threadsOf(pid).map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1'))
    const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
    return children.flatMap((child) => [child, ...childrenOf(child)])
  } catch {
    // It is gone, or the kernel tells no children.
    return []
  }
}

function threadsOf(pid: number): number[] {
  if (process.platform !== 'linux') return [pid]
  return readdirSync(`/proc/${pid}/task`).map(Number)
}
