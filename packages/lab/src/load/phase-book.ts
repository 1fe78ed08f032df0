import type { PhaseTotals } from '../result/lab-result.ts'
import type { PlannedPhase } from '../result/result-plan.ts'

interface Entry {
  intended: number
  arrivals: number
  skipped: number
  late: number
}

/** What became of the starts of each phase. */
export class PhaseBook {
  readonly #planned: readonly PlannedPhase[]
  readonly #entries: readonly Entry[]

  constructor(planned: readonly PlannedPhase[]) {
    this.#planned = planned
    this.#entries = planned.map(() => ({ intended: 0, arrivals: 0, skipped: 0, late: 0 }))
  }

  record(phase: number, outcome: 'arrived' | 'skipped' | 'missed', late: 'late' | 'on-time'): void {
    const entry = this.#entries[phase]
    if (entry === undefined) return
    entry.intended++
    if (outcome === 'arrived') entry.arrivals++
    if (outcome === 'skipped') entry.skipped++
    if (late === 'late') entry.late++
  }

  get intended(): number {
    return this.#entries.reduce((sum, entry) => sum + entry.intended, 0)
  }

  totals(): readonly PhaseTotals[] {
    return this.#planned.map(({ name, startMs, durationMs }, index) => {
      const { intended = 0, arrivals = 0, skipped = 0, late = 0 } = this.#entries[index] ?? {}
      return { index, name, startMs, endMs: startMs + durationMs, intendedArrivals: intended, arrivals, skipped, late }
    })
  }

  /** The phase that a time falls into; the last one when the plan is over. */
  at(elapsedMs: number): Pick<PhaseTotals, 'index' | 'name'> | undefined {
    const index = this.#planned.findLastIndex((phase) => phase.startMs <= elapsedMs)
    const phase = this.#planned[index]
    return phase === undefined ? undefined : { index, name: phase.name }
  }
}
