import type { HostPriority } from '../supervisor/priority.ts'
import { monotonicMs } from '../util/clock.ts'

/** The places of one host in which programs run, as opposed to wait, and the priority that its process has meanwhile. */
export class RunningPlaces {
  /** Programs that may run at one time. */
  readonly concurrency: number
  readonly #priority: HostPriority
  #taken = 0
  #sinceMs = 0
  #lowered: number | undefined

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

  free(): void {
    this.#taken -= 1
    this.#sinceMs = monotonicMs()
    if (this.#lowered !== undefined) this.#priority.restore(this.#lowered)
    this.#lowered = undefined
  }

  /** The host is gone. */
  clear(): void {
    this.#taken = 0
    this.#lowered = undefined
  }

  /** The one run has gone on for long and others wait: until it ends, its process has a lower priority. */
  giveWay(pid: number | undefined): void {
    if (this.#lowered !== undefined || this.concurrency > 1 || this.#taken === 0 || pid === undefined) return
    if (this.#priority.lower(pid)) this.#lowered = pid
  }
}
