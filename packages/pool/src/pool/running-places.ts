import type { HostPriority } from '../supervisor/priority.ts'
import { monotonicMs } from '../util/clock.ts'

const longestTimerMs = 2_147_483_647

/** The places of one host in which programs run, as opposed to wait, and the priority that its process has meanwhile. */
export class RunningPlaces {
  /** Programs that may run at one time. */
  readonly concurrency: number
  readonly #priority: HostPriority
  #taken = 0
  #sinceMs = 0
  #lowered: number | undefined
  /** The run has come to its limit: it needs a processor to end in order. */
  #ending = false
  #restoring: NodeJS.Timeout | undefined

  constructor(concurrency: number, priority: HostPriority) {
    this.concurrency = concurrency
    this.#priority = priority
  }

  get taken(): number {
    return this.#taken
  }

  /** How long the same programs have been running, in milliseconds. */
  runningForMs(nowMs: number): number {
    return this.#taken === 0 ? 0 : nowMs - this.#sinceMs
  }

  take(): void {
    if (this.#taken === 0) this.#sinceMs = monotonicMs()
    this.#taken += 1
  }

  /** What took it came back unbegun: the others run on. */
  giveBack(): void {
    this.#taken -= 1
  }

  free(): void {
    this.#taken -= 1
    this.#sinceMs = monotonicMs()
    this.#restore()
    this.#ending = false
  }

  /** The host is gone. */
  clear(): void {
    this.#taken = 0
    this.#lowered = undefined
    clearTimeout(this.#restoring)
  }

  /**
   * The one run has gone on for long and others wait: its process has a lower priority until the run ends, or comes to its limit. Then
   * only a host that gets a processor can end it in time to go on; the others would wait for the boot of a new one.
   */
  giveWay(pid: number | undefined, limitInMs: number): void {
    if (this.#lowered !== undefined || this.#ending || this.concurrency > 1 || this.#taken === 0 || pid === undefined)
      return
    if (!this.#priority.lower(pid)) return
    this.#lowered = pid
    this.#restoring = setTimeout(
      () => {
        this.#ending = true
        this.#restore()
      },
      Math.min(Math.max(0, limitInMs), longestTimerMs),
    )
  }

  #restore(): void {
    clearTimeout(this.#restoring)
    if (this.#lowered !== undefined) this.#priority.restore(this.#lowered)
    this.#lowered = undefined
  }
}
