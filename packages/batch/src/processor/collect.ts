import { counter } from '../telemetry/recorder.ts'
import type { MetricFamily, MetricSample } from '../telemetry/metrics.ts'
import type { Destination } from '../destination/destination.ts'
import type { BatchStats, DestinationStats } from './reports.ts'

/** The books and the recorders of all destinations as metric families. */
export function collectMetrics(stats: BatchStats, destinations: readonly Destination[]): readonly MetricFamily[] {
  const refused = Object.entries(stats.refused).map(([reason, value]) => ({ labels: { reason }, value }))
  return [
    counter('batch_refused_total', 'Events that add did not take', '{event}', refused),
    counter('batch_events_total', 'Events by what became of them', '{event}', stats.destinations.flatMap(eventSamples)),
    ...stateGauges(stats),
    ...mergeFamilies(destinations.flatMap((destination) => destination.recorder.collect())),
  ]
}

function eventSamples(stats: DestinationStats): MetricSample[] {
  const transport = stats.name
  const plain = ['accepted', 'recovered', 'delivered', 'deadLettered'] as const
  const outcomes = { accepted: 'accepted', recovered: 'recovered', delivered: 'delivered', deadLettered: 'dead_letter' }
  return [
    ...plain.map((name) => ({ labels: { transport, outcome: outcomes[name], reason: '' }, value: stats[name] })),
    ...Object.entries(stats.dropped).map(([reason, value]) => ({
      labels: { transport, outcome: 'dropped', reason },
      value,
    })),
  ]
}

const gateValues = { closed: 0, 'half-open': 1, open: 2 } as const

function stateGauges(stats: BatchStats): MetricFamily[] {
  const gauge = (name: string, help: string, unit: string, value: (of: DestinationStats) => number): MetricFamily => ({
    type: 'gauge',
    name,
    help,
    unit,
    samples: stats.destinations.map((each) => ({ labels: { transport: each.name }, value: value(each) })),
  })
  return [
    gauge(
      'batch_buffer_events',
      'Events in memory, those in flight included',
      '{event}',
      (of) => of.buffered + of.inFlight,
    ),
    gauge('batch_buffer_capacity_events', 'Events in memory at most', '{event}', (of) => of.maxEvents),
    gauge('batch_buffer_bytes', 'Encoded bytes in memory', 'By', (of) => of.bytes),
    gauge('batch_buffer_capacity_bytes', 'Encoded bytes in memory at most', 'By', (of) => of.maxBytes),
    gauge('batch_in_flight', 'Batches being sent', '{batch}', (of) => of.batchesInFlight),
    gauge('batch_gate_state', '0 closed, 1 half-open, 2 open: nothing is sent', '1', (of) => gateValues[of.gate]),
    gauge('batch_spilled_events', 'Events on disk only', '{event}', (of) => of.spilled),
    gauge('batch_spill_bytes', 'Bytes of spill files', 'By', (of) => of.spill?.bytes ?? 0),
    gauge('batch_spill_segments', 'Spill files', '{file}', (of) => of.spill?.segments ?? 0),
    gauge(
      'batch_spill_corrupt_frames',
      'Unreadable ranges found on disk',
      '{frame}',
      (of) => of.spill?.corruptFrames ?? 0,
    ),
    gauge('batch_spill_failed_writes', 'Writes the disk refused', '{write}', (of) => of.spill?.failedWrites ?? 0),
  ]
}

/** One family for each name, with the samples of all destinations. */
function mergeFamilies(families: readonly MetricFamily[]): MetricFamily[] {
  const merged = new Map<string, MetricFamily>()
  for (const family of families) {
    const known = merged.get(family.name)
    if (known === undefined) merged.set(family.name, family)
    else merged.set(family.name, { ...known, samples: [...known.samples, ...family.samples] } as MetricFamily)
  }
  return [...merged.values()]
}
