import type { LabResult } from '../../result/lab-result.ts'
import type { ChartBand, ChartMarker, ChartSeries, ChartSpec } from '../chart-spec.ts'
import { displayBins, type DisplayBin } from './display-bins.ts'

const time = { label: 'time since start', quantity: 'seconds' } as const

/** The charts whose x axis is the run's time, all with the phases and markers of the run. */
export function timeCharts(result: LabResult): ChartSpec[] {
  const bins = displayBins(result.series, result.meta.durationMs)
  if (bins.length === 0) return []
  const context = { bands: phaseBands(result), markers: deploymentMarkers(result), x: time }
  const shared = { ...context, xValues: bins.map((bin) => bin.seconds) }
  return [
    latencyOverTime(bins, shared),
    usersOverTime(bins, shared),
    requestRate(bins, shared),
    codesOverTime(bins, shared),
  ]
}

type Shared = Pick<ChartSpec, 'bands' | 'markers' | 'xValues' | 'x'>

export function phaseBands(result: LabResult): ChartBand[] {
  return result.phases
    .filter((phase) => phase.endMs > phase.startMs)
    .map((phase) => ({ from: phase.startMs / 1000, to: phase.endMs / 1000, label: phase.name }))
}

export function deploymentMarkers(result: LabResult): ChartMarker[] {
  return result.markers.map((marker) => ({
    at: marker.atMs / 1000,
    label: marker.label,
    ...(marker.detail === undefined ? {} : { detail: marker.detail }),
  }))
}

function latencyOverTime(bins: readonly DisplayBin[], shared: Shared): ChartSpec {
  const max: ChartSeries = { label: 'max', color: 3, kind: 'points', values: bins.map((bin) => bin.latency.max) }
  const lines = (['p50', 'p95', 'p99'] as const).map((name, color) => ({
    label: name,
    color,
    kind: 'line' as const,
    values: bins.map((bin) => bin.latency[name]),
  }))
  return {
    id: 'latency-over-time',
    title: 'Latency over time',
    description: 'From the intended start. A percentile is drawn where its slice of time has enough samples for it.',
    ...shared,
    y: { label: 'latency', quantity: 'milliseconds', log: isWide(bins) },
    series: [...lines.filter((line) => line.values.some((value) => value !== null)), max],
  }
}

/** A linear axis hides everything when one slice is a hundred times slower than the rest. */
function isWide(bins: readonly DisplayBin[]): boolean {
  const values = bins
    .flatMap((bin) => [bin.latency.p50, bin.latency.max])
    .filter((value) => value !== null && value > 0)
  const known = values as number[]
  return known.length > 0 && Math.max(...known) / Math.min(...known) > 100
}

function usersOverTime(bins: readonly DisplayBin[], shared: Shared): ChartSpec {
  return {
    id: 'users-over-time',
    title: 'Concurrent users and arrivals',
    ...shared,
    y: { label: 'active users', quantity: 'count' },
    right: { label: 'arrivals per second', quantity: 'rate' },
    series: [
      { label: 'active users', color: 0, kind: 'area', values: bins.map((bin) => bin.active) },
      { label: 'arrivals/s, intended', color: 4, kind: 'line', axis: 'right', values: perSecond(bins, 'intended') },
      { label: 'arrivals/s', color: 1, kind: 'line', axis: 'right', values: perSecond(bins, 'arrivals') },
    ],
  }
}

function requestRate(bins: readonly DisplayBin[], shared: Shared): ChartSpec {
  return {
    id: 'request-rate',
    title: 'Requests per second',
    ...shared,
    y: { label: 'per second', quantity: 'rate' },
    series: [
      { label: 'requests/s', color: 0, kind: 'area', values: perSecond(bins, 'requests') },
      { label: 'responses/s', color: 2, kind: 'line', values: perSecond(bins, 'responses') },
      { label: 'errors/s', color: 3, kind: 'line', values: perSecond(bins, 'errors') },
    ],
  }
}

function codesOverTime(bins: readonly DisplayBin[], shared: Shared): ChartSpec {
  const codes = [...new Set(bins.flatMap((bin) => Object.keys(bin.codes)))].toSorted()
  return {
    id: 'codes-over-time',
    title: 'Status codes per second',
    ...shared,
    y: { label: 'per second', quantity: 'rate' },
    series: codes.map((code, index) => ({
      label: code,
      color: index,
      kind: 'line' as const,
      values: bins.map((bin) => round((bin.codes[code] ?? 0) / bin.width)),
    })),
  }
}

function perSecond(
  bins: readonly DisplayBin[],
  name: 'intended' | 'arrivals' | 'requests' | 'responses' | 'errors',
): number[] {
  return bins.map((bin) => round(bin[name] / bin.width))
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
