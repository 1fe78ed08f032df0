import type { BatchObservableCallback, Context, ContextAPI, Meter } from '@opentelemetry/api'
import type { MetricFamily, MetricSource } from './metrics.ts'

/**
 * Shows a processor through a meter: counters and gauges are observed at each collection, histograms are recorded as values come.
 * Returns a function that ends it.
 */
export function registerOpenTelemetry(meter: Meter, source: MetricSource): () => void {
  const histograms = new Map<string, ReturnType<Meter['createHistogram']>>()
  const observables = new Map(
    source
      .collect()
      .flatMap((family) => (family.type === 'histogram' ? [] : [[family.name, observable(meter, family)] as const])),
  )
  const observe: BatchObservableCallback = (result) => {
    for (const family of source.collect()) {
      const instrument = observables.get(family.name)
      if (family.type === 'histogram' || instrument === undefined) continue
      for (const { value, labels } of family.samples) result.observe(instrument, value, labels)
    }
  }
  const instruments = [...observables.values()]
  meter.addBatchObservableCallback(observe, instruments)
  const stop = source.listen((name, value, labels) => {
    let histogram = histograms.get(name)
    if (histogram === undefined) {
      histogram = meter.createHistogram(name, { unit: unitOf(name) })
      histograms.set(name, histogram)
    }
    histogram.record(value, labels)
  })
  return () => {
    stop()
    meter.removeBatchObservableCallback(observe, instruments)
  }
}

/** What is needed of the module `@opentelemetry/api`. */
export interface ContextModule {
  readonly context: Pick<ContextAPI, 'active' | 'with'>
  createContextKey(description: string): symbol
}

/** The SDK of OpenTelemetry recognises work that is not to be traced by a context key of this description. */
const suppressTracing = 'OpenTelemetry SDK Context Key SUPPRESS_TRACING'

/**
 * For `aroundSend`: no span is made for the processor's own requests, so that telemetry sent through it does not trace itself.
 *
 * @example
 * import * as api from '@opentelemetry/api'
 * new BatchProcessor({ transport, aroundSend: withoutTracing(api) })
 */
export function withoutTracing(api: ContextModule): <R>(send: () => R) => R {
  const key = api.createContextKey(suppressTracing)
  return (send) => {
    const context: Context = api.context.active().setValue(key, true)
    return api.context.with(context, send)
  }
}

function observable(meter: Meter, family: MetricFamily): ReturnType<Meter['createObservableGauge']> {
  const options = { description: family.help, unit: family.unit }
  return family.type === 'counter'
    ? meter.createObservableCounter(family.name, options)
    : meter.createObservableGauge(family.name, options)
}

function unitOf(name: string): string {
  if (name.endsWith('_seconds')) return 's'
  return name.endsWith('_bytes') ? 'By' : '{event}'
}
