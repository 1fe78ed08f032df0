import type { Tracer } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'

/** A real tracer, and the names of the spans it has finished. */
export function createTracerProvider(): { readonly tracer: Tracer; readonly finished: () => string[] } {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  return { tracer: provider.getTracer('test'), finished: () => exporter.getFinishedSpans().map(({ name }) => name) }
}
