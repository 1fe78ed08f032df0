import type { EncodedHistogram } from './encoded-histogram.ts'
import type { GeneratorHealth } from './generator-health.ts'
import type { ResultMeta, ResultPlan } from './result-plan.ts'

export const resultFormat = 'evenkeel-lab-result'
/** Raised by one when a reader of the older version would misread a file. New optional fields do not raise it. */
export const resultVersion = 1

/**
 * The stored result of one measured run. All times named `…Ms` without "epoch" count from `meta.startedAtEpochMs`; latencies are
 * in microseconds. Two results are merged by adding counters and histograms: nothing in it is an average.
 */
export interface LabResult {
  readonly format: typeof resultFormat
  readonly version: typeof resultVersion
  readonly id: string
  /** `partial`: stopped before its plan was done; every figure in it is still right for the time that it covers. */
  readonly status: 'complete' | 'partial'
  readonly partialReason?: string
  readonly meta: ResultMeta
  readonly plan: ResultPlan
  readonly phases: readonly PhaseTotals[]
  readonly scenarios: readonly ScenarioTotals[]
  /** Users over the whole run. */
  readonly users: UserTotals
  /** Requests over the whole run. */
  readonly requests: RequestTotals
  /** Named counters: Artillery's names (`http.requests`, `vusers.created`, `errors.ETIMEDOUT`) and those of processors. */
  readonly counters: Readonly<Record<string, number>>
  /** HTTP status → responses. */
  readonly codes: Readonly<Record<string, number>>
  readonly errors: readonly ErrorTotals[]
  readonly latency: LatencySet
  /** Histograms of processors and plugins, by name. */
  readonly custom: Readonly<Record<string, EncodedHistogram>>
  readonly endpoints: readonly EndpointTotals[]
  readonly series: ResultSeries
  readonly generator: GeneratorHealth
  /** Samples of the server's process, when its pid was known. */
  readonly server?: ServerSamples
  readonly markers: readonly Marker[]
  readonly checks: readonly Check[]
  /** Set by a processor: the exit code of the command line when nothing else fails. */
  readonly suggestedExitCode?: number
  readonly warnings: readonly string[]
}

export interface PhaseTotals {
  readonly index: number
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  readonly intendedArrivals: number
  readonly arrivals: number
  /** Refused because `maxVusers` users were active. */
  readonly skipped: number
  /** Started later than the lateness limit of the health verdict. */
  readonly late: number
}

export interface UserTotals {
  readonly intended: number
  readonly created: number
  readonly completed: number
  readonly failed: number
  readonly skipped: number
  /** Stopped with the run before they had finished. */
  readonly interrupted: number
}

export interface ScenarioTotals extends Omit<UserTotals, 'intended' | 'skipped'> {
  readonly name: string
  /** Time from a user's intended start to its end, completed users only. */
  readonly session: EncodedHistogram
}

export interface RequestTotals {
  readonly sent: number
  readonly responses: number
  /** Requests that got no complete response. */
  readonly failed: number
  readonly bytesSent: number
  readonly bytesReceived: number
  readonly connections: number
}

export interface ErrorTotals {
  readonly code: string
  /** One message of this code, as an example. */
  readonly message: string
  readonly count: number
  readonly firstMs: number
  readonly lastMs: number
}

/** The parts of a request's time. `latency` is the headline. */
export interface LatencySet {
  /** Intended start to last body byte. For a user's first request the intended start is that of the user in the timetable. */
  readonly latency: EncodedHistogram
  /** Actual send to last body byte. */
  readonly service: EncodedHistogram
  /** Request written to first response byte: Artillery's `http.response_time`. */
  readonly firstByte: EncodedHistogram
  readonly body: EncodedHistogram
  /** Intended start to actual send: generator lag plus the wait for a connection. */
  readonly wait: EncodedHistogram
  /** New connections only. */
  readonly dns: EncodedHistogram
  readonly connect: EncodedHistogram
  readonly tls: EncodedHistogram
}

export interface EndpointTotals {
  /** The step's `name`, or method and URL as written in the script. */
  readonly name: string
  readonly method: string
  readonly requests: number
  readonly responses: number
  readonly failed: number
  readonly bytesReceived: number
  readonly codes: Readonly<Record<string, number>>
  readonly errors: Readonly<Record<string, number>>
  readonly latency: EncodedHistogram
  readonly service: EncodedHistogram
  readonly firstByte: EncodedHistogram
}

/** What happened in each slice of time. Slices are as wide as the run's length needs: 1 s, doubled until there are at most 3,600. */
export interface ResultSeries {
  readonly binMs: number
  readonly bins: readonly SeriesBin[]
}

export interface SeriesBin {
  readonly startMs: number
  readonly intended: number
  readonly arrivals: number
  readonly skipped: number
  readonly completed: number
  readonly failed: number
  /** Most users active at one moment of the slice. */
  readonly activeMax: number
  readonly requests: number
  readonly responses: number
  readonly errors: number
  readonly bytesReceived: number
  readonly codes: Readonly<Record<string, number>>
  readonly latency: EncodedHistogram
  readonly service: EncodedHistogram
}

export interface ServerSamples {
  readonly pid: number
  readonly command: string
  /** CPU time of the process during the run, all threads. */
  readonly cpuMs: number
  readonly peakRssBytes: number
  readonly samples: readonly { readonly atMs: number; readonly cpuMs: number; readonly rssBytes: number }[]
}

export interface Marker {
  readonly atMs: number
  readonly label: string
  readonly kind: 'start' | 'stop' | 'deployment' | 'note'
  readonly detail?: string
}

/** A threshold, a condition or an expectation, and how it came out. */
export interface Check {
  readonly source: 'ensure' | 'expect' | 'quick'
  readonly name: string
  /** `not-evaluated`: the generator was the limit, so the figure would judge the wrong machine. */
  readonly status: 'passed' | 'failed' | 'not-evaluated'
  /** An advisory check does not decide the exit code. */
  readonly strict: boolean
  readonly expected?: string
  readonly actual?: string
  readonly passed?: number
  readonly failed?: number
}
