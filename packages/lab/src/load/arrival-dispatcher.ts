import type { Clock } from '../util/clock.ts'
import type { Arrival } from './timetable.ts'

export interface DispatchOptions {
  readonly clock: Clock
  /** The clock's time of the run's zero. */
  readonly startMs: number
  /** Length of the plan. */
  readonly plannedMs: number
  readonly arrivals: Iterator<Arrival>
  /** Starts one. Returns false to stop for good. */
  readonly onDue: (arrival: Arrival, lagMs: number) => boolean
  /** Told of each that was given up because the plan was over. */
  readonly onMissed: (arrival: Arrival) => void
}

/** Starts in one turn of the event loop, so that answers are read in between. */
const startsPerTurn = 100
/** How long after the plan's end late starts are still sent. A generator that is later than this cannot keep up. */
const graceMs = 1000

/** Starts arrivals by an absolute timetable: a late one starts at once, the plan never moves. */
export class ArrivalDispatcher {
  readonly #options: DispatchOptions
  readonly #finished = Promise.withResolvers<void>()
  #next: Arrival | undefined
  #cancel: () => void = () => {}
  #stopped = false

  constructor(options: DispatchOptions) {
    this.#options = options
  }

  /** Resolves when the plan is over or stopped. */
  run(): Promise<void> {
    this.#advance()
    this.#turn()
    return this.#finished.promise
  }

  stop(): void {
    this.#stopped = true
    this.#cancel()
    this.#finished.resolve()
  }

  #advance(): void {
    const next = this.#options.arrivals.next()
    this.#next = next.done === true ? undefined : next.value
  }

  #turn(): void {
    const { clock, startMs } = this.#options
    for (let started = 0; started < startsPerTurn && this.#next !== undefined && !this.#stopped; started++) {
      const lagMs = clock.nowMs() - startMs - this.#next.atMs
      if (lagMs < 0) return this.#schedule(-lagMs)
      if (this.#isTooLate(lagMs)) return this.#giveUp()
      const goOn = this.#options.onDue(this.#next, lagMs)
      this.#advance()
      if (!goOn) return this.stop()
    }
    if (this.#stopped) return
    if (this.#next !== undefined) return this.#schedule(0)
    this.#waitForEnd()
  }

  #schedule(delayMs: number): void {
    this.#cancel = this.#options.clock.schedule(delayMs, () => this.#turn())
  }

  #isTooLate(lagMs: number): boolean {
    const { clock, startMs, plannedMs } = this.#options
    return lagMs > graceMs && clock.nowMs() > startMs + plannedMs + graceMs
  }

  #giveUp(): void {
    for (; this.#next !== undefined; this.#advance()) this.#options.onMissed(this.#next)
    this.#finished.resolve()
  }

  /** A pause at the end is part of the plan. */
  #waitForEnd(): void {
    const { clock, startMs, plannedMs } = this.#options
    const leftMs = startMs + plannedMs - clock.nowMs()
    if (leftMs <= 0) return this.#finished.resolve()
    this.#cancel = clock.schedule(leftMs, () => this.#finished.resolve())
  }
}
