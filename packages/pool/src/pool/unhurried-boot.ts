import type { HostPriority } from '../supervisor/priority.ts'

/** A host that gets no processor while the others are busy would never be there when one of them is lost. */
const longestMs = 5_000

/** Lets the others have the processors while a host boots that nothing waits for. */
export class UnhurriedBoot {
  readonly #priority: HostPriority
  #pid: number | undefined
  #hurry: NodeJS.Timeout | undefined

  constructor(priority: HostPriority) {
    this.#priority = priority
  }

  /** @param bootTimeoutMs in which the host must have booted; the second half of it is not unhurried. */
  begin(pid: number | undefined, bootTimeoutMs: number): void {
    if (pid === undefined || !this.#priority.lower(pid, 'nicest')) return
    this.#pid = pid
    this.#hurry = setTimeout(() => this.end(), Math.min(longestMs, bootTimeoutMs / 2))
  }

  /** It has booted, or is waited for. */
  end(): void {
    this.forget()
    if (this.#pid !== undefined) this.#priority.restore(this.#pid)
    this.#pid = undefined
  }

  /** The process is gone. */
  forget(): void {
    clearTimeout(this.#hurry)
  }
}
