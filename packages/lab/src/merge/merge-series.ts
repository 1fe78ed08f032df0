import type { ResultSeries, SeriesBin } from '../result/lab-result.ts'
import { addCounts, addHistograms, sum } from './add.ts'

export interface ShiftedSeries {
  readonly series: ResultSeries
  /** How much later than the merged run this one started. */
  readonly offsetMs: number
}

/**
 * Lays several series over each other on one time axis, in slices as wide as the widest. A slice goes as a whole to where it
 * begins, so a slice's edge may be off by less than one slice; totals stay exact.
 */
export function mergeSeries(all: readonly ShiftedSeries[]): ResultSeries {
  const binMs = Math.max(1, ...all.map(({ series }) => series.binMs))
  const groups = new Map<number, SeriesBin[][]>()
  for (const [source, { series, offsetMs }] of all.entries())
    for (const bin of series.bins) {
      const index = Math.max(0, Math.floor((bin.startMs + roundTo(offsetMs, series.binMs)) / binMs))
      const group = groups.get(index) ?? []
      groups.set(index, group)
      ;(group[source] ??= []).push(bin)
    }
  const last = Math.max(-1, ...groups.keys())
  const bins = Array.from({ length: last + 1 }, (_, index) => mergeBins(index * binMs, groups.get(index) ?? []))
  return { binMs, bins }
}

/** Generators that start together are some milliseconds apart; that must not push their slices one further. */
function roundTo(offsetMs: number, binMs: number): number {
  return Math.round(offsetMs / binMs) * binMs
}

/** `bySource` holds the slices of each generator; generators may be missing. */
function mergeBins(startMs: number, bySource: readonly (readonly SeriesBin[] | undefined)[]): SeriesBin {
  const sources = bySource.filter((bins) => bins !== undefined)
  const bins = sources.flat()
  const total = (pick: (bin: SeriesBin) => number): number => sum(bins.map((bin) => pick(bin)))
  return {
    startMs,
    intended: total((bin) => bin.intended),
    arrivals: total((bin) => bin.arrivals),
    skipped: total((bin) => bin.skipped),
    completed: total((bin) => bin.completed),
    failed: total((bin) => bin.failed),
    // The peaks of several generators need not coincide: an upper bound.
    activeMax: sum(sources.map((each) => Math.max(...each.map((bin) => bin.activeMax)))),
    requests: total((bin) => bin.requests),
    responses: total((bin) => bin.responses),
    errors: total((bin) => bin.errors),
    bytesReceived: total((bin) => bin.bytesReceived),
    codes: addCounts(bins.map((bin) => bin.codes)),
    latency: bins.length === 0 ? empty : addHistograms(bins.map((bin) => bin.latency)),
    service: bins.length === 0 ? empty : addHistograms(bins.map((bin) => bin.service)),
  }
}

const empty = { unit: 'us', count: 0, min: 0, max: 0, sum: 0, hdr: '' } as const
