import { HostPriority } from '../supervisor/priority.ts'

/** A host that gets no processor while the others are busy would never be there when one of them is lost. */
const longestUnhurriedMs = 5_000

/** The start of one host process: its deadline, and the processors it takes from the others. */
export class HostBoot {
  /** Of hosts that run programs. */
  readonly #settled: HostPriority
  /** Those that boot are waited for as this process is. */
  readonly #priority = new HostPriority()
  readonly #timeoutMs: number
  readonly #deadline: NodeJS.Timeout
  #pid: number | undefined
  #lowered = false
  #hurry: NodeJS.Timeout | undefined

  /**
   * @param settled the priority that the host has once it has booted.
   * @param late called when the host has not booted after `timeoutMs`, in milliseconds.
   */
  constructor(settled: HostPriority, timeoutMs: number, late: () => void) {
    this.#settled = settled
    this.#timeoutMs = timeoutMs
    this.#deadline = setTimeout(late, timeoutMs)
  }

  /**
   * The process is there.
   *
   * @param unhurried nothing waits for it: it gets what processor time the others leave, for half of its time at most.
   */
  begin(pid: number, unhurried: boolean): void {
    this.#pid = pid
    this.#lowered = unhurried && this.#priority.lower(pid, 'nicest')
    if (this.#lowered) this.#hurry = setTimeout(() => this.hurry(), Math.min(longestUnhurriedMs, this.#timeoutMs / 2))
  }

  /** It is waited for. */
  hurry(): void {
    clearTimeout(this.#hurry)
    if (this.#lowered && this.#pid !== undefined) this.#priority.restore(this.#pid)
    this.#lowered = false
  }

  done(): void {
    this.hurry()
    this.forget()
    if (this.#pid !== undefined) this.#settled.settle(this.#pid)
  }

  /** The process is gone, or is to go. */
  forget(): void {
    clearTimeout(this.#hurry)
    clearTimeout(this.#deadline)
  }
}
