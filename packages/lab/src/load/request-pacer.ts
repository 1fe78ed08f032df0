import type { GeneratorMonitor } from '../measure/generator-monitor.ts'
import type { RunRecorder } from '../measure/run-recorder.ts'
import type { Clock } from '../util/clock.ts'
import type { LoadShare, RequestPlan } from './load-plan.ts'
import { RequestLane } from './request-lane.ts'

export interface PacerOptions {
  readonly plan: RequestPlan
  readonly clock: Clock
  readonly share: LoadShare
}

export interface PacedPart {
  readonly recorder: RunRecorder
  readonly monitor: GeneratorMonitor | undefined
  readonly durationMs: number | undefined
  readonly requestCount: number | undefined
}

/** How often requests are looked over for those that take too long. */
const lateCheckMs = 100
/** A connection that failed waits this long before it is tried again: a server that is down is not to be asked in a busy loop. */
const retryMs = 10

/** Keeps a number of connections busy: as fast as they are answered, or by a timetable of requests. */
export class RequestPacer {
  readonly #options: PacerOptions
  readonly #lanes: readonly RequestLane[]
  #part: PacedPart
  #startMs = 0
  #started = 0
  #draining = true
  readonly #idle: RequestLane[] = []
  #finish: () => void = () => {}
  #failures = 0
  /** Requests that were due at the end and had no connection to go by. */
  #blockedAtEnd = 0
  readonly #timers = new Set<() => void>()

  constructor(options: PacerOptions, first: PacedPart) {
    this.#options = options
    this.#part = first
    const { plan, clock, share } = options
    const own = Math.floor(plan.connections / share.count) + (share.index < plan.connections % share.count ? 1 : 0)
    this.#lanes = Array.from(
      { length: own },
      () =>
        new RequestLane({
          plan,
          clock,
          recorder: () => this.#part.recorder,
          onFree: (lane) => this.#onFree(lane),
        }),
    )
  }

  get connections(): number {
    return this.#lanes.length
  }

  /** Requests that should have been sent by now; with a timetable only. */
  intended(nowMs: number): number | undefined {
    const rate = this.#rate()
    if (rate === undefined) return undefined
    const elapsedMs = Math.min(nowMs - this.#startMs, this.#part.durationMs ?? Infinity)
    return Math.min(Math.floor((elapsedMs * rate) / 1000), this.#count())
  }

  /** Requests that are due and unsent because every connection waits for its answer. */
  blocked(nowMs: number): number {
    if (this.#draining) return this.#blockedAtEnd
    const intended = this.#idle.length === 0 ? this.intended(nowMs) : undefined
    return intended === undefined ? 0 : Math.max(0, intended - this.#started)
  }

  /** Runs one part (warm-up or measurement) on the same connections. Resolves when its answers are in. */
  async run(part: PacedPart): Promise<void> {
    const { clock, plan } = this.#options
    this.#part = part
    this.#startMs = clock.nowMs()
    this.#started = 0
    this.#draining = false
    this.#blockedAtEnd = 0
    this.#idle.length = 0
    const finished = new Promise<void>((resolve) => (this.#finish = resolve))
    this.#later(lateCheckMs, () => this.#checkLate())
    if (part.durationMs !== undefined) this.#later(part.durationMs, () => this.#drain())
    for (const lane of this.#lanes) for (let slot = 0; slot < plan.pipelining; slot++) this.#next(lane, this.#startMs)
    this.#turn()
    await finished
    this.#clearTimers()
  }

  /** Ends the running part now. */
  stop(): void {
    this.#draining = true
    this.#finish()
  }

  close(): void {
    this.#clearTimers()
    for (const lane of this.#lanes) lane.close()
  }

  #onFree(lane: RequestLane): void {
    const { recorder } = this.#part
    const failed = recorder.failedRequests > this.#failures
    this.#failures = recorder.failedRequests
    if (this.#draining) return this.#checkDrained()
    const { clock } = this.#options
    if (failed) this.#later(retryMs, () => this.#next(lane, clock.nowMs()))
    else this.#next(lane, clock.nowMs())
  }

  /**
   * Sends the next request on a free connection, or keeps the connection until one is due. A request that waited for a connection was
   * kept waiting by the server: the generator answers for the time after that.
   */
  #next(lane: RequestLane, freeSinceMs: number): void {
    if (this.#draining) return this.#checkDrained()
    if (this.#started >= this.#count()) return this.#drain()
    const { clock } = this.#options
    if (this.#rate() === undefined) {
      this.#started++
      lane.send(clock.nowMs())
      return
    }
    const dueMs = this.#dueMs(this.#started)
    if (dueMs > clock.nowMs()) {
      this.#idle.push(lane)
      return
    }
    this.#started++
    this.#part.monitor?.recordLag(clock.nowMs() - Math.max(dueMs, freeSinceMs))
    lane.send(dueMs)
  }

  #rate(): number | undefined {
    const { plan, share } = this.#options
    return plan.requestRate === undefined ? undefined : plan.requestRate / share.count
  }

  #count(): number {
    const { share } = this.#options
    const { requestCount } = this.#part
    if (requestCount === undefined) return Infinity
    return Math.floor(requestCount / share.count) + (share.index < requestCount % share.count ? 1 : 0)
  }

  #dueMs(index: number): number {
    const { share } = this.#options
    const rate = this.#options.plan.requestRate ?? 1
    return this.#startMs + ((index * share.count + share.index + 1) * 1000) / rate
  }

  /** Sends what is due on the connections that wait, and sleeps until the next is. */
  #turn(): void {
    if (this.#rate() === undefined || this.#draining) return
    const { clock } = this.#options
    while (this.#idle.length > 0 && this.#dueMs(this.#started) <= clock.nowMs() && !this.#draining) {
      const lane = this.#idle.shift()
      if (lane !== undefined) this.#next(lane, this.#startMs)
    }
    if (this.#draining || this.#started >= this.#count()) return
    this.#later(Math.max(0.5, this.#dueMs(this.#started) - clock.nowMs()), () => this.#turn())
  }

  /** Waits for the answers that are still due; each request has its time limit. Cutting them off would hide the slowest. */
  #drain(): void {
    if (this.#draining) return
    this.#blockedAtEnd = this.blocked(this.#options.clock.nowMs())
    this.#draining = true
    this.#checkDrained()
  }

  #checkDrained(): void {
    if (this.#lanes.every((lane) => lane.inFlight === 0)) this.#finish()
  }

  #checkLate(): void {
    const nowMs = this.#options.clock.nowMs()
    for (const lane of this.#lanes) lane.cutLate(nowMs)
    this.#later(lateCheckMs, () => this.#checkLate())
  }

  #later(delayMs: number, callback: () => void): void {
    const cancel = this.#options.clock.schedule(delayMs, () => {
      this.#timers.delete(cancel)
      callback()
    })
    this.#timers.add(cancel)
  }

  #clearTimers(): void {
    for (const cancel of this.#timers) cancel()
    this.#timers.clear()
  }
}
