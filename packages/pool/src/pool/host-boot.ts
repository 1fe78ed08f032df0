import type { HostPriority } from '../supervisor/priority.ts'

/** A host that gets no processor while the others are busy would never be there when one of them is lost. */
const longestUnhurriedMs = 5_000

/** The start of one host process: its deadline, and the processors it takes from the others. */
export class HostBoot {
  readonly #priority: HostPriority
  readonly #timeoutMs: number
  readonly #deadline: NodeJS.Timeout
  #lowered: number | undefined
  #hurry: NodeJS.Timeout | undefined

  /** @param late called when the host has not booted after `timeoutMs`, in milliseconds. */
  constructor(priority: HostPriority, timeoutMs: number, late: () => void) {
    this.#priority = priority
    this.#timeoutMs = timeoutMs
    this.#deadline = setTimeout(late, timeoutMs)
  }

  /**
   * The process is there.
   *
   * @param unhurried nothing waits for it: it gets what processor time the others leave, for half of its time at most.
   */
  begin(pid: number, unhurried: boolean): void {
    this.#priority.settle(pid)
    if (!unhurried || !this.#priority.lower(pid, 'nicest')) return
    this.#lowered = pid
    this.#hurry = setTimeout(() => this.hurry(), Math.min(longestUnhurriedMs, this.#timeoutMs / 2))
  }

  /** It is waited for. */
  hurry(): void {
    clearTimeout(this.#hurry)
    if (this.#lowered !== undefined) this.#priority.restore(this.#lowered)
    this.#lowered = undefined
  }

  done(): void {
    this.hurry()
    this.forget()
  }

  /** The process is gone, or is to go. */
  forget(): void {
    clearTimeout(this.#hurry)
    clearTimeout(this.#deadline)
  }
}
