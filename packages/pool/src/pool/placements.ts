import type { KillReason } from '../supervisor/messages.ts'
import { neverMs } from '../supervisor/slots.ts'
import { monotonicMs } from '../util/clock.ts'
import { TurnoverMap } from '../util/turnover-map.ts'
import type { Channel } from '../wire/channel.ts'
import type { Job } from './job.ts'
import { Placement } from './placement.ts'
import { StartRecord } from './start-record.ts'

/** The jobs that one host holds, the moment at which the earliest of them must be over, and which of them have begun. */
export class Placements implements Iterable<Placement>, Disposable {
  readonly #byJob = new TurnoverMap<number, Placement>()
  readonly #graceMs: number
  readonly #writeDeadline: (killAtMs: number) => void
  readonly #starts: StartRecord = StartRecord.create()
  #given = 0
  #takenBack = 0

  /**
   * @param graceMs from a job's wall limit to the kill, in milliseconds.
   * @param writeDeadline called with the time of the earliest kill.
   */
  constructor(graceMs: number, writeDeadline: (killAtMs: number) => void) {
    this.#graceMs = graceMs
    this.#writeDeadline = writeDeadline
  }

  get size(): number {
    return this.#byJob.size
  }

  /** Jobs that the host was given since it started, and kept. */
  get kept(): number {
    return this.#given - this.#takenBack
  }

  /** Where the host notes what it starts: a descriptor that it inherits. */
  get startsDescriptor(): number {
    return this.#starts.descriptor
  }

  get(jobId: number): Placement | undefined {
    return this.#byJob.get(jobId)
  }

  add(job: Job, channel: Channel): void {
    this.#given += 1
    this.#byJob.set(job.id, new Placement(job, channel, { graceMs: this.#graceMs, number: this.#given }))
    this.updateDeadline()
  }

  takeBack(placement: Placement): void {
    this.#takenBack += 1
    this.remove(placement)
  }

  remove(placement: Placement): void {
    this.#byJob.delete(placement.job.id)
    placement[Symbol.dispose]()
    this.updateDeadline()
  }

  /** When the first of them comes to its limit. */
  get limitAtMs(): number {
    return this.#earliestKillMs() - this.#graceMs
  }

  updateDeadline(): void {
    this.#writeDeadline(this.#earliestKillMs())
  }

  /** Who caused a kill gets its reason at once. */
  settleCulprits(killReason: KillReason | undefined): void {
    const nowMs = monotonicMs()
    this.noteStarts()
    for (const placement of this.#byJob.values()) {
      if (!placement.caused(killReason, nowMs)) continue
      placement.job.costHost = true
      placement.job.settle(placement.lost(killReason, nowMs))
    }
  }

  #earliestKillMs(): number {
    let earliestMs = neverMs
    for (const { deadlineMs } of this.#byJob.values()) earliestMs = Math.min(earliestMs, deadlineMs)
    return earliestMs
  }

  /** Those that were given while other programs held the places begin now at the earliest, and so does their time. */
  restartClocks(): void {
    for (const placement of this.#byJob.values()) placement.restartClock()
    this.updateDeadline()
  }

  /** Those whose programs have not begun. */
  unbegun(): Placement[] {
    this.noteStarts()
    return [...this.#byJob.values()].filter(({ started }) => !started)
  }

  /** Which programs have begun is asked when it matters. */
  noteStarts(): void {
    for (const placement of this.#byJob.values()) {
      if (placement.started) continue
      if (this.#starts.mayHaveStarted(placement.job.id, this.#given - placement.number)) placement.start()
    }
  }

  [Symbol.iterator](): Iterator<Placement> {
    return this.#byJob.values()
  }

  /** The host is gone. */
  [Symbol.dispose](): void {
    for (const placement of this.#byJob.values()) placement[Symbol.dispose]()
    this.#byJob.clear()
    this.#starts[Symbol.dispose]()
  }
}
