import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Clock, Timer } from '../util/clock.ts'

interface Scheduled {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** A clock that a test moves. */
export class ManualClock implements Clock {
  #nowMs = 0
  #order = 0
  readonly #scheduled = new Set<Scheduled>()

  now(): number {
    return this.#nowMs
  }

  get pendingTimers(): number {
    return this.#scheduled.size
  }

  schedule(delayMs: number, run: () => void): Timer {
    const scheduled: Scheduled = { atMs: this.#nowMs + Math.max(0, delayMs), order: (this.#order += 1), run }
    this.#scheduled.add(scheduled)
    return { cancel: () => this.#scheduled.delete(scheduled) }
  }

  /** Runs everything due within `ms`, each at its own time, and lets promises settle in between. */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms
    await nextTurn()
    for (let next = this.#next(targetMs); next !== undefined; next = this.#next(targetMs)) {
      this.#scheduled.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await nextTurn()
    }
    this.#nowMs = targetMs
    await nextTurn()
  }

  /** Moves time without running anything in between, as a suspended machine does; then runs what is due. */
  async jump(ms: number): Promise<void> {
    this.#nowMs += ms
    await this.advance(0)
  }

  #next(targetMs: number): Scheduled | undefined {
    let first: Scheduled | undefined
    for (const each of this.#scheduled) {
      if (each.atMs > targetMs) continue
      if (first === undefined || each.atMs < first.atMs || (each.atMs === first.atMs && each.order < first.order)) {
        first = each
      }
    }
    return first
  }
}
