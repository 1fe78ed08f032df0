import type { LoadProgress } from '../../src/index.ts'
import type { LabResult } from '../../src/result.ts'

/** The progress reports that a run with this result would have given, one for each second. */
export function sampleProgress(result: LabResult): LoadProgress[] {
  let requests = 0
  let failed = 0
  return result.series.bins.map((bin, index) => {
    requests += bin.requests
    failed += bin.errors
    return {
      elapsedMs: bin.startMs + 1000,
      plannedMs: result.meta.durationMs,
      phase: { index: index < 20 ? 0 : 1, name: index < 20 ? 'warm up' : 'load' },
      active: bin.activeMax,
      users: { ...result.users, created: requests },
      requests,
      responses: requests - failed,
      failed,
      codes: { '200': requests - failed },
      errors: result.errors,
      verdict: 'ok',
      healthMessages: [],
      latency: { count: requests, p50: 1, p95: 1, p99: 1, max: 1 },
      bins: [bin],
    }
  })
}
