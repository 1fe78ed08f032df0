import assert from 'node:assert/strict'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { AsyncLocalStorage } from 'node:async_hooks'
import { test } from 'node:test'
import * as api from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  AggregationTemporality,
} from '@opentelemetry/sdk-metrics'
import { createTracerProvider } from '../helpers/tracer.ts'
import { Registry } from '@prometheus-io/client'
import { prometheusText, registerPrometheus } from '../../src/telemetry/prometheus.ts'
import { registerOpenTelemetry, withoutTracing } from '../../src/telemetry/opentelemetry.ts'
import { numbered, onBench } from '../helpers/bench.ts'

test('prometheus text: counters, gauges and cumulative buckets that agree with the books', async () => {
  const { batch, clock } = onBench({ batch: { maxEvents: 10 } })
  batch.addMany(numbered(25))
  await clock.advance(0)
  const text = prometheusText(batch)
  assert.match(text, /^batch_events_total\{transport="scripted",outcome="accepted",reason=""\} 25$/m)
  assert.match(text, /^batch_events_total\{transport="scripted",outcome="delivered",reason=""\} 20$/m)
  assert.match(text, /^batch_buffer_events\{transport="scripted"\} 5$/m)
  assert.match(text, /^batch_flush_trigger_total\{transport="scripted",trigger="count"\} 2$/m)
  assert.match(text, /^batch_size_events_bucket\{le="1",transport="scripted"\} 0$/m)
  assert.match(text, /^batch_size_events_bucket\{le="\+Inf",transport="scripted"\} 2$/m)
  assert.match(text, /^batch_size_events_sum\{transport="scripted"\} 20$/m)
  for (const line of text.trimEnd().split('\n')) assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.e+-]+)$/)
  await batch.close()
})

test('a registry of the Prometheus client renders the same values', async () => {
  const { batch, clock } = onBench({ batch: { maxEvents: 10 } })
  batch.addMany(numbered(20))
  await clock.advance(0)
  const registry = new Registry()
  registerPrometheus(registry, batch)
  const text = await registry.metrics()
  assert.match(text, /batch_events_total\{transport="scripted",outcome="delivered",reason=""\} 20/)
  assert.match(text, /batch_size_events_bucket\{le="10",transport="scripted"\} 2/)
  await batch.close()
})

test('opentelemetry: observed counters and recorded histograms', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  const { batch, clock } = onBench({ batch: { maxEvents: 10 } })
  const stop = registerOpenTelemetry(provider.getMeter('test'), batch)
  batch.addMany(numbered(30))
  await clock.advance(0)
  await provider.forceFlush()
  const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
  const events = metrics.find(({ descriptor }) => descriptor.name === 'batch_events_total')
  const delivered = events?.dataPoints.find(({ attributes }) => attributes['outcome'] === 'delivered')
  assert.equal(delivered?.value, 30)
  const sizes = metrics.find(({ descriptor }) => descriptor.name === 'batch_size_events')
  assert.equal((sizes?.dataPoints[0]?.value as { count: number } | undefined)?.count, 3)
  stop()
  await provider.shutdown()
  await batch.close()
})

test("the shipper's own requests make no span, whoever fills the batch", async () => {
  api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const { tracer, finished } = createTracerProvider()
  const { batch, sink, clock } = onBench({ batch: { maxEvents: 1 }, aroundSend: withoutTracing(api) })
  sink.reply = () => {
    tracer.startSpan('request of the shipper').end()
    return { status: 'delivered' }
  }
  tracer.startActiveSpan('request of a user', (span) => {
    batch.add({ n: 1 })
    span.end()
  })
  await clock.advance(0)
  assert.equal(sink.delivered.length, 1)
  assert.deepEqual(finished(), ['request of a user'])
  await batch.close()
  api.context.disable()
})

test('a send runs in the context in which the processor was made, not in that of the event', async () => {
  const request = new AsyncLocalStorage<string>()
  const { batch, sink, clock } = request.run('start', () => onBench({ batch: { maxEvents: 1 } }))
  const seen: (string | undefined)[] = []
  sink.reply = () => {
    seen.push(request.getStore())
    return { status: 'delivered' }
  }
  request.run('a request', () => batch.add({ n: 1 }))
  await clock.advance(0)
  assert.deepEqual(seen, ['start'])
  await batch.close()
})

test('diagnostics channels tell of sealed, sent and dropped batches and of the gate', async () => {
  const heard: [string, unknown][] = []
  const hear = (message: unknown, name: string | symbol): void => void heard.push([String(name), message])
  const names = ['sealed', 'sent', 'dropped', 'gate'].map((name) => `evenkeel:batch:${name}`)
  for (const name of names) subscribe(name, hear)
  const { batch, clock } = onBench({ reply: ({ attempt }) => ({ status: attempt === 1 ? 'retry' : 'rejected' }) })
  batch.add({ n: 1 })
  await clock.advance(60_000)
  for (const name of names) unsubscribe(name, hear)
  assert.deepEqual(
    heard.map(([name]) => name.slice('evenkeel:batch:'.length)),
    ['sealed', 'gate', 'sent', 'gate', 'gate', 'sent', 'dropped'],
  )
  assert.deepEqual(heard.at(-1)?.[1], { transport: 'scripted', reason: 'rejected', count: 1 })
  await batch.close()
})
