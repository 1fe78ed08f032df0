import type { GeneratorHealth } from '../result/generator-health.ts'
import type { RunRecorder } from '../measure/run-recorder.ts'
import type { Clock } from '../util/clock.ts'
import type { LoadProgress } from './load-progress.ts'

export interface ProgressSource {
  readonly clock: Clock
  readonly recorder: RunRecorder
  readonly plannedMs: number | undefined
  readonly judge: () => Pick<GeneratorHealth, 'verdict' | 'reasons'>
  readonly phase: (elapsedMs: number) => LoadProgress['phase']
}

const everyMs = 1000

/** Tells a listener once a second how a run goes. */
export class ProgressReporter {
  readonly #source: ProgressSource
  readonly #listener: ((progress: LoadProgress) => void) | undefined
  #cancel: () => void = () => {}

  constructor(source: ProgressSource, listener: ((progress: LoadProgress) => void) | undefined) {
    this.#source = source
    this.#listener = listener
  }

  start(): void {
    if (this.#listener === undefined) return
    this.#cancel = this.#source.clock.schedule(everyMs, () => {
      this.report()
      this.start()
    })
  }

  stop(): void {
    this.#cancel()
    this.report()
  }

  report(): void {
    if (this.#listener === undefined) return
    const { clock, recorder, plannedMs, judge, phase } = this.#source
    const elapsedMs = clock.nowMs() - recorder.startMs
    const { verdict, reasons } = judge()
    const { latency } = recorder.latency
    const current = phase(elapsedMs)
    recorder.series.advanceTo(elapsedMs)
    this.#listener({
      elapsedMs,
      ...(plannedMs === undefined ? {} : { plannedMs }),
      ...(current === undefined ? {} : { phase: current }),
      active: recorder.active,
      users: { ...recorder.users },
      requests: recorder.sent,
      responses: recorder.responses,
      failed: recorder.failedRequests,
      codes: { ...recorder.codes },
      errors: recorder.errorTotals(),
      verdict,
      healthMessages: reasons.map(({ message }) => message),
      latency: {
        count: latency.count,
        p50: latency.percentile(50),
        p95: latency.percentile(95),
        p99: latency.percentile(99),
        max: latency.max,
      },
      bins: recorder.series.takeClosed(),
    })
  }
}
