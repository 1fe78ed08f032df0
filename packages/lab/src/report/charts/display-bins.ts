import type { ResultSeries, SeriesBin } from '../../result/lab-result.ts'
import { LatencyHistogram } from '../../result/latency-histogram.ts'
import { isPercentileSupported } from '../../result/percentile-support.ts'

/** One point of the charts over time: one or more slices of the stored series. */
export interface DisplayBin {
  readonly seconds: number
  /** Length in seconds, for rates. */
  readonly width: number
  readonly intended: number
  readonly arrivals: number
  readonly active: number
  readonly requests: number
  readonly responses: number
  readonly errors: number
  readonly bytesReceived: number
  readonly codes: Readonly<Record<string, number>>
  readonly latency: DisplayLatency
}

/** In milliseconds; null where the bin has too few samples. */
interface DisplayLatency {
  readonly p50: number | null
  readonly p95: number | null
  readonly p99: number | null
  readonly max: number | null
}

/** More points than this are not visible on any screen. */
const mostBins = 480

/** Joins neighbouring slices until there are few enough to draw. The last slice of a run counts only as long as the run lasted. */
export function displayBins(series: ResultSeries, durationMs: number): DisplayBin[] {
  const size = Math.max(1, Math.ceil(series.bins.length / mostBins))
  const groups: SeriesBin[][] = []
  for (let start = 0; start < series.bins.length; start += size) groups.push(series.bins.slice(start, start + size))
  return groups.map((group) => joinBins(group, series.binMs, durationMs))
}

function joinBins(group: readonly SeriesBin[], binMs: number, durationMs: number): DisplayBin {
  const startMs = group[0]?.startMs ?? 0
  const endMs = (group.at(-1)?.startMs ?? 0) + binMs
  const total = (pick: (bin: SeriesBin) => number): number => group.reduce((sum, bin) => sum + pick(bin), 0)
  // A stump of a slice at the end would show rates that no second ever had.
  const width = Math.max(binMs / 2, Math.min(endMs, durationMs) - startMs)
  return {
    seconds: startMs / 1000,
    width: width / 1000,
    intended: total((bin) => bin.intended),
    arrivals: total((bin) => bin.arrivals),
    active: Math.max(...group.map((bin) => bin.activeMax)),
    requests: total((bin) => bin.requests),
    responses: total((bin) => bin.responses),
    errors: total((bin) => bin.errors),
    bytesReceived: total((bin) => bin.bytesReceived),
    codes: sumCodes(group),
    latency: displayLatency(group),
  }
}

function sumCodes(group: readonly SeriesBin[]): Record<string, number> {
  const codes: Record<string, number> = {}
  for (const bin of group)
    for (const [code, count] of Object.entries(bin.codes)) codes[code] = (codes[code] ?? 0) + count
  return codes
}

function displayLatency(group: readonly SeriesBin[]): DisplayLatency {
  const histogram = LatencyHistogram.merged(group.map((bin) => LatencyHistogram.decode(bin.latency)))
  const percentile = (percent: number): number | null =>
    isPercentileSupported(percent, histogram.count) ? toMs(histogram.percentile(percent)) : null
  const max = histogram.count === 0 ? null : toMs(histogram.max)
  return { p50: percentile(50), p95: percentile(95), p99: percentile(99), max }
}

function toMs(us: number): number {
  return Math.round(us) / 1000
}
