import { backoffMs, type Backoff } from './backoff.ts'

/**
 * - `closed`: batches pass.
 * - `open`: nothing passes until a time.
 * - `half-open`: one probe passes, and its outcome decides.
 */
export type GateState = 'closed' | 'open' | 'half-open'

export interface RetryAfterLimits {
  /** The longest wait a destination may ask for. */
  readonly maxMs: number
  /** Random share added to the wait, so that clients told the same time do not return together. */
  readonly jitterRatio: number
}

export interface GateFailure {
  readonly startedAtMs: number
  /** What the destination asked for. */
  readonly afterMs: number | undefined
  /** The failure says that no batch can pass now, whatever it holds. */
  readonly blamesDestination: boolean
}

/**
 * The one place that decides when a destination is spoken to again: never one loop for each batch, so that an outage costs one probe
 * for each wait, however many batches queue.
 */
export class RetryGate {
  readonly #backoff: Backoff
  readonly #retryAfter: RetryAfterLimits
  readonly #random: () => number
  readonly #onChange: (state: GateState) => void
  #state: GateState = 'closed'
  #failures = 0
  #openedAtMs = 0
  #untilMs = 0
  #lastSuccessAtMs = Number.NEGATIVE_INFINITY
  #isProbing = false

  constructor(options: {
    readonly backoff: Backoff
    readonly retryAfter: RetryAfterLimits
    readonly random: () => number
    readonly onChange: (state: GateState) => void
  }) {
    this.#backoff = options.backoff
    this.#retryAfter = options.retryAfter
    this.#random = options.random
    this.#onChange = options.onChange
  }

  get state(): GateState {
    return this.#state
  }

  /** When the gate is open: the time at which a probe may pass. */
  get untilMs(): number {
    return this.#untilMs
  }

  /** Whether a batch may be sent now; opens the gate for a probe when its time has come. */
  admits(nowMs: number): boolean {
    if (this.#state === 'open' && nowMs >= this.#untilMs) this.#change('half-open')
    if (this.#state === 'closed') return true
    return this.#state === 'half-open' && !this.#isProbing
  }

  /** To be called for each batch that is sent. */
  begin(): void {
    if (this.#state === 'half-open') this.#isProbing = true
  }

  succeed(startedAtMs: number, nowMs: number): void {
    this.#lastSuccessAtMs = nowMs
    if (this.#state === 'closed' || startedAtMs < this.#openedAtMs) return
    this.#failures = 0
    this.#isProbing = false
    this.#change('closed')
  }

  fail(failure: GateFailure, nowMs: number): void {
    if (this.#state !== 'closed' && failure.startedAtMs < this.#openedAtMs) return this.#extend(failure, nowMs)
    const othersPass = this.#lastSuccessAtMs > failure.startedAtMs
    if (this.#state === 'closed' && othersPass && !failure.blamesDestination && failure.afterMs === undefined) return
    this.#failures += 1
    this.#isProbing = false
    this.#openedAtMs = nowMs
    this.#untilMs = nowMs + this.#waitMs(failure.afterMs)
    this.#change('open')
  }

  /** A batch sent before the gate opened has failed too: only a longer wish of the destination changes anything. */
  #extend(failure: GateFailure, nowMs: number): void {
    if (failure.afterMs === undefined || this.#state === 'half-open') return
    this.#untilMs = Math.max(this.#untilMs, nowMs + this.#waitMs(failure.afterMs))
  }

  #waitMs(afterMs: number | undefined): number {
    const ownMs = backoffMs(this.#backoff, this.#failures, this.#random)
    if (afterMs === undefined) return ownMs
    const floorMs = Math.min(afterMs, this.#retryAfter.maxMs)
    return floorMs * (1 + this.#retryAfter.jitterRatio * this.#random())
  }

  #change(state: GateState): void {
    if (this.#state === state) return
    this.#state = state
    this.#onChange(state)
  }
}
