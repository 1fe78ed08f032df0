import type { EncodedHistogram } from './encoded-histogram.ts'
import type { SeriesBin } from './lab-result.ts'
import { LatencyHistogram } from './latency-histogram.ts'

/** Adds slices up into wider ones. `binMs` is a multiple of the width of each. */
export function coarsenBins(bins: readonly SeriesBin[], binMs: number): readonly SeriesBin[] {
  const groups = Map.groupBy(bins, (bin) => Math.floor(bin.startMs / binMs))
  return [...groups].map(([index, group]) => addBins(group, index * binMs))
}

/** One slice that holds what happened in all of the given ones. Active users: the largest of the slices' maxima. */
export function addBins(bins: readonly SeriesBin[], startMs: number): SeriesBin {
  const sum = (read: (bin: SeriesBin) => number): number => bins.reduce((total, bin) => total + read(bin), 0)
  return {
    startMs,
    intended: sum((bin) => bin.intended),
    arrivals: sum((bin) => bin.arrivals),
    skipped: sum((bin) => bin.skipped),
    completed: sum((bin) => bin.completed),
    failed: sum((bin) => bin.failed),
    activeMax: Math.max(0, ...bins.map((bin) => bin.activeMax)),
    requests: sum((bin) => bin.requests),
    responses: sum((bin) => bin.responses),
    errors: sum((bin) => bin.errors),
    bytesReceived: sum((bin) => bin.bytesReceived),
    codes: addCounts(bins.map((bin) => bin.codes)),
    latency: addEncoded(bins.map((bin) => bin.latency)),
    service: addEncoded(bins.map((bin) => bin.service)),
  }
}

export function addCounts(records: Iterable<Readonly<Record<string, number>>>): Record<string, number> {
  const total: Record<string, number> = {}
  for (const record of records)
    for (const [key, count] of Object.entries(record)) total[key] = (total[key] ?? 0) + count
  return total
}

export function addEncoded(histograms: readonly EncodedHistogram[]): EncodedHistogram {
  const filled = histograms.filter((histogram) => histogram.count > 0)
  const [only] = filled
  if (filled.length === 1 && only !== undefined) return only
  return LatencyHistogram.merged(
    filled.map((each) => LatencyHistogram.decode(each)),
    histograms[0]?.unit,
  ).encode()
}
