import type { ErrorTotals, PhaseTotals, SeriesBin, UserTotals } from '../result/lab-result.ts'
import type { HealthVerdict } from '../result/generator-health.ts'

/** What a running load knows of itself, for the terminal and the live report. */
export interface LoadProgress {
  readonly elapsedMs: number
  /** Length of the plan; absent when only the number of requests is known. */
  readonly plannedMs?: number
  readonly phase?: Pick<PhaseTotals, 'index' | 'name'>
  readonly active: number
  readonly users: UserTotals
  readonly requests: number
  readonly responses: number
  readonly failed: number
  readonly codes: Readonly<Record<string, number>>
  readonly errors: readonly ErrorTotals[]
  readonly verdict: HealthVerdict
  readonly healthMessages: readonly string[]
  /** Percentiles of the headline latency so far, in microseconds. */
  readonly latency: {
    readonly count: number
    readonly p50: number
    readonly p95: number
    readonly p99: number
    readonly max: number
  }
  /** Slices finished since the last call. */
  readonly bins: readonly SeriesBin[]
}
