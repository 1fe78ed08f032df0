import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { groupHasLiving } from './process-family.ts'

/** Groups that are not known to be gone. Whatever ends this process, they end with it. */
const living = new Set<number>()
let isGuarded = false

/** Interrupt and termination are handled by the command line; a terminal that is closed would end this process without its exit event. */
function guard(): void {
  if (isGuarded) return
  isGuarded = true
  process.on('exit', () => {
    for (const group of living) signalGroup(group, 'SIGKILL')
  })
  process.on('SIGHUP', () => process.exit(hangUpExitCode))
}

/** 128 + 1, as shells count an end by SIGHUP. */
const hangUpExitCode = 129

export interface GroupOptions {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface GroupExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** How much of what a command printed is kept, from the end. */
const keptOutput = 8192

/** A shell command with everything that it starts, as one process group: it is ended as a whole. */
export class ProcessGroup implements AsyncDisposable {
  readonly pid: number
  /** Resolves when the shell has ended. Never rejects. */
  readonly exited: Promise<GroupExit>
  #output = ''
  #exit: GroupExit | undefined

  constructor(child: ChildProcess, pid: number) {
    this.pid = pid
    living.add(pid)
    const keep = (chunk: Buffer): void => {
      this.#output = (this.#output + chunk.toString()).slice(-keptOutput)
    }
    child.stdout?.on('data', keep)
    child.stderr?.on('data', keep)
    this.exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#exit = { code, signal }
        resolve(this.#exit)
      })
    })
  }

  /** Starts the command. Rejects when there is no shell or no such folder. */
  static async start(command: string, options: GroupOptions): Promise<ProcessGroup> {
    guard()
    const child = spawn('/bin/sh', ['-c', command], {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    // `once` rejects with the error of a failed start.
    await once(child, 'spawn')
    return new ProcessGroup(child, child.pid ?? 0)
  }

  /** How the shell ended; undefined while it lives. */
  get exit(): GroupExit | undefined {
    return this.#exit
  }

  /** The last that was printed. */
  get output(): string {
    return this.#output.trim()
  }

  /** Ends every process of the group: asked at first, after `graceMs` by force. Done when none is left. */
  async stop(graceMs = 5000): Promise<void> {
    if (signalGroup(this.pid, 'SIGTERM')) {
      const askedAt = performance.now()
      while (groupLives(this.pid) && performance.now() - askedAt < graceMs) await pause()
      signalGroup(this.pid, 'SIGKILL')
      const killedAt = performance.now()
      while (groupLives(this.pid) && performance.now() - killedAt < 5000) await pause()
    }
    living.delete(this.pid)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop()
  }
}

/** An ended process that init has not collected yet still takes signals; it does no harm and is not waited for. */
function groupLives(group: number): boolean {
  return signalGroup(group, 0) && (groupHasLiving(group) ?? true)
}

/** False when the group has no process left. */
function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-group, signal)
    return true
  } catch {
    return false
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 20))
}
