import { stillRunning } from '../report/sections/summary-section.ts'
import { randomUUID } from 'node:crypto'
import type { LoadProgress } from '../load/load-progress.ts'
import { machineFacts, runtimeVersions } from '../measure/machine-facts.ts'
import { coarsenBins } from '../result/coarsen-series.ts'
import type { EncodedHistogram } from '../result/encoded-histogram.ts'
import type { LabResult, PhaseTotals, SeriesBin } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { labVersion } from '../util/lab-version.ts'

export interface LiveFacts {
  readonly name: string
  readonly target: string
  readonly model: LabResult['plan']['model']
  readonly connections?: number
}

/** The page decodes every slice each time it is built: this many cost a few milliseconds. */
const mostBins = 240

/** What a running load has reported so far, in the shape of a result: as far as its progress tells. */
export class LiveResult {
  readonly #facts: LiveFacts
  readonly #id = randomUUID()
  readonly #startedAtEpochMs = Date.now()
  readonly #latency = new LatencyHistogram()
  readonly #service = new LatencyHistogram()
  readonly #phases: PhaseTotals[] = []
  #bins: readonly SeriesBin[] = []
  #binMs = 1000
  #latest: LoadProgress | undefined

  constructor(facts: LiveFacts) {
    this.#facts = facts
  }

  update(progress: LoadProgress): void {
    this.#latest = progress
    for (const bin of progress.bins) {
      this.#latency.add(LatencyHistogram.decode(bin.latency))
      this.#service.add(LatencyHistogram.decode(bin.service))
    }
    // Several generators report one slice each of the same second; one width for all makes them one.
    this.#bins = coarsenBins([...this.#bins, ...progress.bins], this.#binMs).toSorted((a, b) => a.startMs - b.startMs)
    while (this.#bins.length > mostBins) {
      this.#binMs *= 2
      this.#bins = coarsenBins(this.#bins, this.#binMs)
    }
    this.#notePhase(progress)
  }

  /** Undefined until something was reported. */
  snapshot(): LabResult | undefined {
    const progress = this.#latest
    if (progress === undefined) return undefined
    const { users, errors, codes, elapsedMs } = progress
    const latency = this.#latency.encode()
    return {
      format: 'evenkeel-lab-result',
      version: 1,
      id: this.#id,
      status: 'partial',
      partialReason: stillRunning,
      meta: this.#meta(elapsedMs),
      plan: { ...this.#facts, phases: [], intendedArrivals: users.intended },
      phases: this.#phases.map((phase) => (phase === this.#phases.at(-1) ? { ...phase, endMs: elapsedMs } : phase)),
      scenarios: [],
      users,
      requests: this.#requests(progress),
      counters: {},
      codes,
      errors,
      latency: { ...emptySet, latency, service: this.#service.encode() },
      custom: {},
      endpoints: [],
      series: { binMs: this.#binMs, bins: this.#bins },
      generator: this.#generator(progress),
      markers: [],
      checks: [],
      warnings: [],
    }
  }

  #notePhase({ phase, elapsedMs }: LoadProgress): void {
    const last = this.#phases.at(-1)
    if (phase === undefined || (last?.index === phase.index && last.name === phase.name)) return
    if (last !== undefined) this.#phases.splice(-1, 1, { ...last, endMs: elapsedMs })
    const counts = { intendedArrivals: 0, arrivals: 0, skipped: 0, late: 0 }
    this.#phases.push({ ...phase, startMs: last === undefined ? 0 : elapsedMs, endMs: elapsedMs, ...counts })
  }

  #meta(durationMs: number): LabResult['meta'] {
    return {
      name: this.#facts.name,
      startedAtEpochMs: this.#startedAtEpochMs,
      durationMs,
      labVersion: labVersion(),
      kind: 'run',
      versions: runtimeVersions(),
      machine: machineFacts(),
      generators: [],
      labels: {},
    }
  }

  #requests({ requests, responses, failed }: LoadProgress): LabResult['requests'] {
    const bytesReceived = this.#bins.reduce((sum, bin) => sum + bin.bytesReceived, 0)
    return { sent: requests, responses, failed, bytesSent: 0, bytesReceived, connections: this.#facts.connections ?? 0 }
  }

  #generator({ verdict, healthMessages, users }: LoadProgress): LabResult['generator'] {
    return {
      verdict,
      reasons: healthMessages.map((message) => ({
        code: 'send-lag',
        verdict: verdict === 'limited' ? 'limited' : 'degraded',
        message,
      })),
      intendedArrivals: users.intended,
      arrivals: users.created,
      sendLag: none,
      eventLoopDelay: none,
      cpuMs: 0,
      peakRssBytes: 0,
      gcMs: 0,
      samples: [],
    }
  }
}

const none: EncodedHistogram = { unit: 'us', count: 0, min: 0, max: 0, sum: 0, hdr: '' }
const emptySet = { firstByte: none, body: none, wait: none, dns: none, connect: none, tls: none }
