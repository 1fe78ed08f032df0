import type { HostReport } from '../contract/driver-report.ts'

/** How often a host is asked for a sign of life, in milliseconds. */
export const heartbeatMs = 250

/** How long a host may be silent when its main thread runs no program: it is stopped or stuck, in milliseconds. */
const defaultMaxSilentMs = 1_500

/** Most of a silence that may be put down to a busy machine: all threads of a host wait, and only one of them answers. */
const maxStarvedShare = 0.75

/** Whether a host's main thread turns, and what it says of itself. */
export class Heartbeat {
  readonly #maxSilentMs: number
  #missed = 0
  /** Time that the host's threads had waited for a processor when it answered last, and now, in milliseconds. */
  #waitedBeforeMs = 0
  #waitedMs = 0
  #report: HostReport | undefined

  constructor(maxSilentMs: number = defaultMaxSilentMs) {
    this.#maxSilentMs = maxSilentMs
  }

  /** What the host said last. */
  get report(): HostReport | undefined {
    return this.#report
  }

  /** It did not answer to the last questions for longer than it may. */
  get isSilent(): boolean {
    return this.#silentFor(1)
  }

  /**
   * Counts a question. Whether the host was silent before it for `patience` times as long as it may.
   *
   * @param waitedMs how long its threads have waited for a processor since its start; in that time it could not answer.
   */
  ask(patience: number, waitedMs: number): 'silent' | 'asked' {
    this.#missed += 1
    this.#waitedMs = waitedMs
    return this.#silentFor(patience) ? 'silent' : 'asked'
  }

  answered(report: HostReport): void {
    this.#missed = 0
    this.#waitedBeforeMs = this.#waitedMs
    this.#report = report
  }

  #silentFor(patience: number): boolean {
    const silentMs = this.#missed * heartbeatMs
    const starvedMs = Math.min(this.#waitedMs - this.#waitedBeforeMs, silentMs * maxStarvedShare)
    return silentMs - starvedMs > this.#maxSilentMs * patience
  }
}
