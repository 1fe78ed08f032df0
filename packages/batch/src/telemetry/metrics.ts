/** A value with its labels. */
export interface MetricSample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One series of a histogram: `counts[i]` is how many were at most `bounds[i]` and above the bound before. */
export interface HistogramSample {
  readonly labels: Readonly<Record<string, string>>
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  readonly sum: number
}

export type MetricFamily =
  | {
      readonly type: 'counter' | 'gauge'
      readonly name: string
      readonly help: string
      readonly unit: string
      readonly samples: readonly MetricSample[]
    }
  | {
      readonly type: 'histogram'
      readonly name: string
      readonly help: string
      readonly unit: string
      readonly samples: readonly HistogramSample[]
    }

/** Called for each value of a histogram as it is recorded: once for a batch or an attempt, never for an event. */
export type MetricListener = (name: string, value: number, labels: Readonly<Record<string, string>>) => void

/** Everything an adapter needs. A `BatchProcessor` is one. */
export interface MetricSource {
  /** The state now. Names follow Prometheus: base units, `_total` for counters. */
  collect(): readonly MetricFamily[]
  /** Hears every histogram value. Returns a function that ends it. */
  listen(listener: MetricListener): () => void
}
