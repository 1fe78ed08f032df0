import type { ErrorTotals, ScenarioTotals, UserTotals } from '../result/lab-result.ts'
import { LatencyHistogram } from '../result/latency-histogram.ts'
import { EndpointRecorder } from './endpoint-recorder.ts'
import { LatencyRecorder } from './latency-recorder.ts'
import type { RequestSample } from './request-sample.ts'
import { SeriesRecorder } from './series-recorder.ts'

/** Different messages of one error code are not kept apart, and codes beyond this many are counted as `other`. */
const maxErrorCodes = 1000

interface ScenarioRecord {
  created: number
  completed: number
  failed: number
  interrupted: number
  readonly session: LatencyHistogram
}

interface ErrorRecord {
  count: number
  message: string
  firstMs: number
  lastMs: number
}

export interface FailureReport {
  readonly code: string
  readonly message: string
}

/** Collects what a run does. Times are clock milliseconds; `startMs` is the run's zero. */
export class RunRecorder {
  readonly startMs: number
  readonly latency: LatencyRecorder = new LatencyRecorder()
  readonly series: SeriesRecorder = new SeriesRecorder()
  readonly codes: Record<string, number> = {}
  /** Counters of processors and plugins. */
  readonly counters: Record<string, number> = {}
  readonly custom: Map<string, LatencyHistogram> = new Map()
  readonly #endpoints = new Map<string, EndpointRecorder>()
  readonly #scenarios = new Map<string, ScenarioRecord>()
  readonly #errors = new Map<string, ErrorRecord>()
  readonly users: { -readonly [Key in keyof UserTotals]: number } = {
    intended: 0,
    created: 0,
    completed: 0,
    failed: 0,
    skipped: 0,
    interrupted: 0,
  }
  active = 0
  sent = 0
  responses = 0
  failedRequests = 0
  bytesSent = 0
  bytesReceived = 0
  connections = 0

  constructor(startMs: number) {
    this.startMs = startMs
  }

  userStarted(scenario: string, nowMs: number): void {
    this.users.created++
    this.scenario(scenario).created++
    this.active++
    this.series.count('arrivals', nowMs - this.startMs)
    this.series.setActive(this.active, nowMs - this.startMs)
  }

  userEnded(
    scenario: string,
    outcome: 'completed' | 'failed' | 'interrupted',
    times: { readonly intendedMs: number; readonly nowMs: number },
  ): void {
    const atMs = times.nowMs - this.startMs
    this.users[outcome]++
    this.active--
    const record = this.scenario(scenario)
    record[outcome]++
    if (outcome === 'completed') record.session.record((times.nowMs - times.intendedMs) * 1000)
    if (outcome !== 'interrupted') this.series.count(outcome, atMs)
    this.series.setActive(this.active, atMs)
  }

  userSkipped(nowMs: number): void {
    this.users.skipped++
    this.series.count('skipped', nowMs - this.startMs)
  }

  /** Counts a finished request. A failure is also counted by `error` when it ends its user. */
  request(sample: RequestSample, failure?: FailureReport): void {
    this.bytesSent += sample.bytesSent
    this.bytesReceived += sample.bytesReceived
    if (sample.connection !== undefined) this.connections++
    if (sample.failed) this.failedRequests++
    else this.responses++
    if (sample.statusCode !== undefined && !sample.failed)
      this.codes[sample.statusCode] = (this.codes[sample.statusCode] ?? 0) + 1
    this.latency.record(sample)
    this.series.response(sample, sample.endMs - this.startMs)
    this.endpoint(sample.endpoint, sample.method).record(sample, failure?.code)
  }

  /** Told when a request leaves, so that the request rate is that of the sending and not of the answers. */
  requestSent(nowMs: number): void {
    this.sent++
    this.series.request(nowMs - this.startMs)
  }

  error(failure: FailureReport, nowMs: number): void {
    const atMs = nowMs - this.startMs
    this.series.count('errors', atMs)
    const code = this.#errors.has(failure.code) || this.#errors.size < maxErrorCodes ? failure.code : 'other'
    const known = this.#errors.get(code)
    if (known === undefined) {
      this.#errors.set(code, { count: 1, message: failure.message, firstMs: atMs, lastMs: atMs })
      return
    }
    known.count++
    known.lastMs = atMs
  }

  counter(name: string, amount: number): void {
    this.counters[name] = (this.counters[name] ?? 0) + amount
  }

  /** A value of a processor's own histogram, kept to three decimals. */
  histogram(name: string, value: number): void {
    let histogram = this.custom.get(name)
    if (histogram === undefined) {
      histogram = new LatencyHistogram('none')
      this.custom.set(name, histogram)
    }
    histogram.record(value * 1000)
  }

  endpoint(name: string, method: string): EndpointRecorder {
    let endpoint = this.#endpoints.get(name)
    if (endpoint === undefined) {
      endpoint = new EndpointRecorder(name, method)
      this.#endpoints.set(name, endpoint)
    }
    return endpoint
  }

  scenario(name: string): ScenarioRecord {
    let record = this.#scenarios.get(name)
    if (record === undefined) {
      record = { created: 0, completed: 0, failed: 0, interrupted: 0, session: new LatencyHistogram() }
      this.#scenarios.set(name, record)
    }
    return record
  }

  errorTotals(): readonly ErrorTotals[] {
    return [...this.#errors]
      .map(([code, { count, message, firstMs, lastMs }]) => ({ code, message, count, firstMs, lastMs }))
      .toSorted((left, right) => right.count - left.count)
  }

  scenarioTotals(): readonly ScenarioTotals[] {
    return [...this.#scenarios].map(([name, { session, ...counts }]) => ({
      name,
      ...counts,
      session: session.encode(),
    }))
  }

  endpoints(): readonly EndpointRecorder[] {
    return [...this.#endpoints.values()]
  }
}
