import type { SealTrigger } from '../destination/collector.ts'
import { Histogram } from './histogram.ts'
import type { HistogramSample, MetricFamily, MetricListener } from './metrics.ts'

const secondsBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
const eventsBounds = [1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000]
const bytesBounds = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]

const help = {
  batch_size_events: { text: 'Events in a sealed batch', unit: '{event}', bounds: eventsBounds },
  batch_size_bytes: { text: 'Bytes of a sealed batch before compression', unit: 'By', bounds: bytesBounds },
  batch_event_age_seconds: {
    text: 'From add to acknowledgement, oldest event of a batch',
    unit: 's',
    bounds: secondsBounds,
  },
  batch_send_duration_seconds: { text: 'Duration of one attempt', unit: 's', bounds: secondsBounds },
} as const

type HistogramName = keyof typeof help

interface Series {
  readonly name: HistogramName
  readonly labels: Readonly<Record<string, string>>
  readonly histogram: Histogram
}

/** What one destination records beyond its books: sizes, ages, durations, triggers. Work is done once for a batch, never for an event. */
export class Recorder {
  readonly #transport: string
  readonly #listeners: Set<MetricListener>
  readonly #series = new Map<string, Series>()
  readonly #triggers = new Map<SealTrigger, number>()
  readonly #sends = new Map<string, number>()
  #lastSuccessAtSeconds = 0

  constructor(transport: string, listeners: Set<MetricListener>) {
    this.#transport = transport
    this.#listeners = listeners
  }

  sealed(trigger: SealTrigger, count: number, bytes: number): void {
    this.#triggers.set(trigger, (this.#triggers.get(trigger) ?? 0) + 1)
    this.#record('batch_size_events', count, {})
    this.#record('batch_size_bytes', bytes, {})
  }

  sent(outcome: string, tookMs: number): void {
    this.#sends.set(outcome, (this.#sends.get(outcome) ?? 0) + 1)
    this.#record('batch_send_duration_seconds', tookMs / 1000, { outcome })
  }

  acknowledged(oldestAgeMs: number): void {
    this.#lastSuccessAtSeconds = Date.now() / 1000
    this.#record('batch_event_age_seconds', oldestAgeMs / 1000, {})
  }

  collect(): MetricFamily[] {
    const transport = this.#transport
    const counts = (from: Map<string, number>, label: string) =>
      [...from].map(([name, value]) => ({ labels: { transport, [label]: name }, value }))
    return [
      counter('batch_sends_total', 'Attempts by outcome', '{attempt}', counts(this.#sends, 'outcome')),
      counter(
        'batch_flush_trigger_total',
        'Sealed batches by what sealed them',
        '{batch}',
        counts(this.#triggers, 'trigger'),
      ),
      {
        type: 'gauge',
        name: 'batch_last_success_timestamp_seconds',
        help: 'Unix time of the last acknowledged batch',
        unit: 's',
        samples: [{ labels: { transport }, value: this.#lastSuccessAtSeconds }],
      },
      ...this.#histograms(),
    ]
  }

  #histograms(): MetricFamily[] {
    const families = new Map<HistogramName, HistogramSample[]>()
    for (const { name, labels, histogram } of this.#series.values()) {
      const sample = { labels, bounds: histogram.bounds, counts: histogram.counts, sum: histogram.sum }
      families.set(name, [...(families.get(name) ?? []), sample])
    }
    return [...families].map(([name, samples]) => {
      const { text, unit } = help[name]
      return { type: 'histogram', name, help: text, unit, samples }
    })
  }

  #record(name: HistogramName, value: number, extra: Readonly<Record<string, string>>): void {
    const seriesKey = `${name} ${extra['outcome'] ?? ''}`
    let series = this.#series.get(seriesKey)
    if (series === undefined) {
      const labels = { transport: this.#transport, ...extra }
      series = { name, labels, histogram: new Histogram(help[name].bounds) }
      this.#series.set(seriesKey, series)
    }
    series.histogram.record(value)
    for (const listener of this.#listeners) listener(name, value, series.labels)
  }
}

export function counter(
  name: string,
  text: string,
  unit: string,
  samples: readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[],
): MetricFamily {
  return { type: 'counter', name, help: text, unit, samples }
}
