import type { Invocation } from '../contract/engine.ts'
import { noUsage, type LogEntry, type Outcome } from '../contract/outcome.ts'
import type { Host } from './host.ts'
import { monotonicMs } from '../util/clock.ts'
import type { Refusal, RunReport, RunRequest } from './report.ts'
import type { StreamJob } from './stream-job.ts'

/** Where a job went, and what the supervisor had measured of that host by then. */
export interface JobPlace {
  readonly host: Host
  readonly before: Host['sample']
}

/** Log lines kept for one invocation, whatever its host sends. */
const maxLogEntries = 10_000

/** An invocation on its way through the pool. Settles exactly once. */
export class Job {
  readonly id: number
  readonly request: RunRequest
  /** Present when the job was opened as a stream. */
  readonly stream: StreamJob | undefined
  readonly report: Promise<RunReport>
  readonly enqueuedAtMs: number = monotonicMs()
  readonly #settle: (report: RunReport) => void
  /** What it is expected to cost, in processor milliseconds. */
  readonly estimateMs: number
  /** Dispatched a second time after its first host was lost before the program started. */
  retried = false
  /** Its host had to be killed because of it, or died while it ran. */
  costHost = false
  readonly #logs: LogEntry[] = []
  #logBytes = 0
  #logsTruncated = false
  #startedAtMs: number | undefined
  #settled = false
  #place: JobPlace | undefined

  constructor(id: number, request: RunRequest, estimateMs: number, stream?: StreamJob) {
    this.id = id
    this.request = request
    this.stream = stream
    this.estimateMs = estimateMs
    const { promise, resolve } = Promise.withResolvers<RunReport>()
    this.report = promise
    this.#settle = resolve
  }

  get settled(): boolean {
    return this.#settled
  }

  /** Whether it may go to another host when it is lost before its program started. */
  get replayable(): boolean {
    return !this.retried && this.stream?.replayable !== false
  }

  /** As its host is told. */
  invocation(): Invocation {
    const { tenant, program, input, context = '{}', limits, freshness = 'context' } = this.request
    return { id: this.id, tenant, program, input, context, limits, freshness }
  }

  get place(): JobPlace | undefined {
    return this.#place
  }

  /** Its place in a host is taken; waiting is over. Called again when the job had to wait in the host, or came back from one. */
  start(host: Host): void {
    this.#place = { host, before: host.sample }
    this.#startedAtMs = monotonicMs()
  }

  /** The host keeps the limit too; this one holds when the host is not what it was. */
  receiveLog(meta: unknown): void {
    if ((meta as { truncated?: boolean }).truncated === true) this.#logsTruncated = true
    else this.#log(meta as LogEntry)
  }

  #log(entry: LogEntry): void {
    this.#logBytes += entry.message.length
    if (this.#logBytes > this.request.limits.logBytes || this.#logs.length >= maxLogEntries) this.#logsTruncated = true
    else this.#logs.push(entry)
  }

  settle(outcome: Outcome | Refusal): void {
    if (this.#settled) return
    this.#settled = true
    this.stream?.settle(outcome)
    const nowMs = monotonicMs()
    const startedAtMs = this.#startedAtMs ?? nowMs
    const { wallMs: ranMs, initMs } = outcome.status === 'refused' ? noUsage : outcome.usage
    this.#settle({
      outcome,
      logs: this.#logs,
      logsTruncated: this.#logsTruncated,
      timeline: {
        queueMs: startedAtMs - this.enqueuedAtMs,
        initMs,
        dispatchMs: Math.max(0, nowMs - startedAtMs - ranMs),
      },
    })
  }
}
