import { addCounts } from '../result/coarsen-series.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { ErrorTotals, SeriesBin } from '../result/lab-result.ts'
import { healthVerdicts } from '../result/generator-health.ts'
import type { LoadProgress } from './load-progress.ts'

/** Adds up what several generators report. Percentiles come from the histograms of their finished slices. */
export class ProgressMerger {
  readonly #latest = new Map<number, LoadProgress>()
  readonly #latency = new LatencyHistogram()
  #bins: SeriesBin[] = []

  update(generator: number, progress: LoadProgress): LoadProgress {
    this.#latest.set(generator, progress)
    for (const bin of progress.bins) if (bin.latency.count > 0) this.#latency.add(LatencyHistogram.decode(bin.latency))
    this.#bins.push(...progress.bins)
    return this.#merged(progress)
  }

  /** Slices that came in since the last call. */
  takeBins(): readonly SeriesBin[] {
    const bins = this.#bins
    this.#bins = []
    return bins
  }

  #merged(newest: LoadProgress): LoadProgress {
    const all = [...this.#latest.values()]
    const sum = (read: (progress: LoadProgress) => number): number => all.reduce((total, each) => total + read(each), 0)
    const latency = this.#latency
    return {
      ...newest,
      elapsedMs: Math.max(...all.map((each) => each.elapsedMs)),
      active: sum((each) => each.active),
      users: {
        intended: sum((each) => each.users.intended),
        created: sum((each) => each.users.created),
        completed: sum((each) => each.users.completed),
        failed: sum((each) => each.users.failed),
        skipped: sum((each) => each.users.skipped),
        interrupted: sum((each) => each.users.interrupted),
      },
      requests: sum((each) => each.requests),
      responses: sum((each) => each.responses),
      failed: sum((each) => each.failed),
      codes: addCounts(all.map((each) => each.codes)),
      errors: mergeErrors(all.flatMap((each) => each.errors)),
      verdict: healthVerdicts[Math.max(...all.map((each) => healthVerdicts.indexOf(each.verdict)))] ?? 'ok',
      healthMessages: all.flatMap((each, index) =>
        each.healthMessages.map((text) => `generator ${index + 1}: ${text}`),
      ),
      latency: {
        count: latency.count,
        p50: latency.percentile(50),
        p95: latency.percentile(95),
        p99: latency.percentile(99),
        max: latency.max,
      },
      bins: [],
    }
  }
}

function mergeErrors(errors: readonly ErrorTotals[]): readonly ErrorTotals[] {
  const byCode = Map.groupBy(errors, ({ code }) => code)
  return [...byCode.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    return [{ ...first, count: group.reduce((total, { count }) => total + count, 0) }]
  })
}
