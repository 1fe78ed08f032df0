import type { ResultSeries, SeriesBin } from '../result/lab-result.ts'
import { coarsenBins } from '../result/coarsen-series.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import type { RequestSample } from './request-sample.ts'

const narrowestBinMs = 1000
/** After this many slices new ones are twice as wide, so that a run of any length holds few of them. */
const binsPerWidth = 3600
/** Slices of a stored result. */
const maxStoredBins = 3600

export type SeriesCount = 'intended' | 'arrivals' | 'skipped' | 'completed' | 'failed' | 'errors'

interface OpenBin {
  readonly startMs: number
  readonly widthMs: number
  readonly counts: Record<SeriesCount, number>
  activeMax: number
  requests: number
  responses: number
  bytesReceived: number
  readonly codes: Record<string, number>
  readonly latency: LatencyHistogram
  readonly service: LatencyHistogram
}

interface ClosedBin {
  readonly widthMs: number
  readonly bin: SeriesBin
}

/** What happens in each slice of time. Only the newest slice holds histograms; older ones are encoded at once. */
export class SeriesRecorder {
  readonly #closed: ClosedBin[] = []
  #open: OpenBin = openBin(0, narrowestBinMs)
  #active = 0
  #taken = 0

  /** Moves to the slice that holds the time. Time does not go back. */
  #binAt(atMs: number): OpenBin {
    while (atMs >= this.#open.startMs + this.#open.widthMs) this.#advance()
    return this.#open
  }

  #advance(): void {
    const { startMs, widthMs } = this.#open
    this.#closed.push({ widthMs, bin: closeBin(this.#open) })
    const width = this.#closed.length % binsPerWidth === 0 ? widthMs * 2 : widthMs
    const nextStart = startMs + widthMs
    // A wider slice starts where slices of its width start, so that old and new ones can be added up later.
    const aligned = nextStart % width === 0 ? width : widthMs
    const { latency, service } = this.#open
    latency.reset()
    service.reset()
    this.#open = openBin(nextStart, aligned, { latency, service })
    this.#open.activeMax = this.#active
  }

  /** Closes the slices before the time, although nothing happened in them. */
  advanceTo(atMs: number): void {
    this.#binAt(Math.max(0, atMs))
  }

  count(kind: SeriesCount, atMs: number, amount = 1): void {
    this.#binAt(atMs).counts[kind] += amount
  }

  setActive(active: number, atMs: number): void {
    const bin = this.#binAt(atMs)
    this.#active = active
    if (active > bin.activeMax) bin.activeMax = active
  }

  request(atMs: number): void {
    this.#binAt(atMs).requests++
  }

  response(sample: RequestSample, endMs: number): void {
    const bin = this.#binAt(endMs)
    bin.bytesReceived += sample.bytesReceived
    if (sample.failed || sample.sentMs === undefined) return
    bin.responses++
    if (sample.statusCode !== undefined) bin.codes[sample.statusCode] = (bin.codes[sample.statusCode] ?? 0) + 1
    bin.latency.record((sample.endMs - sample.intendedMs) * 1000)
    bin.service.record((sample.endMs - sample.sentMs) * 1000)
  }

  /** Slices closed since the last call. */
  takeClosed(): readonly SeriesBin[] {
    const fresh = this.#closed.slice(this.#taken).map(({ bin }) => bin)
    this.#taken = this.#closed.length
    return fresh
  }

  /** All slices, of one width, at most 3,600 of them. */
  finish(): ResultSeries {
    const all = [...this.#closed, { widthMs: this.#open.widthMs, bin: closeBin(this.#open) }]
    const widest = Math.max(...all.map(({ widthMs }) => widthMs))
    let binMs = widest
    while ((this.#open.startMs + this.#open.widthMs) / binMs > maxStoredBins) binMs *= 2
    const bins = all.map(({ bin }) => bin)
    return { binMs, bins: binMs === narrowestBinMs ? bins : coarsenBins(bins, binMs) }
  }
}

function openBin(
  startMs: number,
  widthMs: number,
  histograms: Pick<OpenBin, 'latency' | 'service'> = {
    latency: new LatencyHistogram(),
    service: new LatencyHistogram(),
  },
): OpenBin {
  return {
    startMs,
    widthMs,
    counts: { intended: 0, arrivals: 0, skipped: 0, completed: 0, failed: 0, errors: 0 },
    activeMax: 0,
    requests: 0,
    responses: 0,
    bytesReceived: 0,
    codes: {},
    ...histograms,
  }
}

function closeBin(bin: OpenBin): SeriesBin {
  const { startMs, counts, activeMax, requests, responses, bytesReceived, codes } = bin
  return {
    startMs,
    ...counts,
    activeMax,
    requests,
    responses,
    bytesReceived,
    codes,
    latency: bin.latency.encode(),
    service: bin.service.encode(),
  }
}
