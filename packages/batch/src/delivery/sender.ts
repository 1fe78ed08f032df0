import { inspect } from 'node:util'
import type { Batch } from '../batch/batch.ts'
import type { Ledger } from '../destination/ledger.ts'
import { BatchError } from '../errors/batch-error.ts'
import { channels, type SentMessage } from '../telemetry/channels.ts'
import type { Recorder } from '../telemetry/recorder.ts'
import type { SendOutcome, Transport } from '../transport/transport.ts'
import type { Clock, Timer } from '../util/clock.ts'
import type { Concurrency } from './concurrency.ts'
import type { RetryGate } from './retry-gate.ts'
import type { SendQueue } from './send-queue.ts'

export interface SenderOptions {
  readonly transport: Transport
  readonly queue: SendQueue
  readonly gate: RetryGate
  readonly concurrency: Concurrency
  readonly ledger: Ledger
  readonly recorder: Recorder
  readonly clock: Clock
  readonly requestTimeoutMs: number
  readonly aroundSend: <R>(send: () => R) => R
  /** Brings batches from disk into the queue while it is short. */
  readonly refill: () => void
  /** A batch could be sent and there is none. */
  readonly onIdle: () => void
  readonly onOutcome: (batch: Batch, outcome: SendOutcome, nowMs: number) => void
}

/** Takes batches from the queue whenever the gate and the number in flight allow, and gives every attempt an end. */
export class Sender {
  readonly #options: SenderOptions
  readonly #flights = new Map<Batch, AbortController>()
  /** Why nothing is sent; empty while sending. A pause survives the end of a hold. */
  readonly #halts = new Set<'holding' | 'paused' | 'stopped'>()
  #opened: Promise<void> | undefined
  #lastFailure: unknown
  #hasWarned = false
  #wake: { readonly timer: Timer; readonly atMs: number } | undefined
  #isPumpQueued = false

  /** `holding` sends nothing until `release()`. */
  constructor(options: SenderOptions, state: 'holding' | 'sending') {
    this.#options = options
    if (state === 'holding') this.#halts.add('holding')
  }

  /** Why the last failed attempt failed; `undefined` when the attempts after it passed. */
  get lastFailure(): unknown {
    return this.#lastFailure
  }

  get batchesInFlight(): number {
    return this.#flights.size
  }

  /** Whether a batch that came now would be sent now. */
  get isIdle(): boolean {
    const { gate, queue, concurrency } = this.#options
    const hasPlace = this.#halts.size === 0 && this.#flights.size < concurrency.limit
    return hasPlace && gate.state === 'closed' && queue.length === 0
  }

  release(): void {
    this.#halts.delete('holding')
    this.queuePump()
  }

  pause(): void {
    this.#halts.add('paused')
  }

  resume(): void {
    this.#halts.delete('paused')
    this.queuePump()
  }

  /** Looks for work after the current call stack: `add` never pays for a send. */
  queuePump(): void {
    if (this.#isPumpQueued) return
    this.#isPumpQueued = true
    queueMicrotask(() => {
      this.#isPumpQueued = false
      this.#pump()
    })
  }

  /** Ends all attempts. Returns the batches whose fate is unknown; their late outcomes are ignored. */
  stop(): Batch[] {
    this.#halts.add('stopped')
    this.#wake?.timer.cancel()
    const abandoned = [...this.#flights.keys()]
    const cause = new BatchError('EK_BATCH_SEND_ABORTED', 'The processor was closed before the destination answered')
    for (const [batch, controller] of this.#flights) {
      this.#flights.delete(batch)
      controller.abort(cause)
    }
    return abandoned
  }

  inFlight(): readonly Batch[] {
    return [...this.#flights.keys()]
  }

  #pump(): void {
    const { gate, queue, concurrency, clock, refill } = this.#options
    while (this.#halts.size === 0 && this.#flights.size < concurrency.limit) {
      const nowMs = clock.now()
      if (!gate.admits(nowMs)) {
        if (gate.state === 'open') this.#wakeAt(gate.untilMs, nowMs)
        return
      }
      refill()
      const batch = gate.state === 'half-open' ? queue.nextProbe() : queue.next(nowMs)
      if (batch === undefined) {
        this.#options.onIdle()
        const earliestMs = queue.earliestMs()
        if (earliestMs !== undefined) this.#wakeAt(earliestMs, nowMs)
        return
      }
      void this.#attempt(batch, nowMs)
    }
  }

  async #attempt(batch: Batch, startedAtMs: number): Promise<void> {
    const { gate, ledger, clock, concurrency } = this.#options
    const controller = new AbortController()
    this.#flights.set(batch, controller)
    gate.begin()
    ledger.launch(batch.count)
    batch.attempts += 1
    batch.firstAttemptAtMs ??= startedAtMs
    const outcome = await this.#outcomeOf(batch, controller)
    if (!this.#flights.delete(batch)) return
    const nowMs = clock.now()
    const wasSaturated = this.#flights.size + 1 >= concurrency.limit
    this.#learn(batch, outcome, { startedAtMs, nowMs, wasSaturated })
    this.#publish(batch, outcome, nowMs - startedAtMs)
    this.#options.onOutcome(batch, outcome, nowMs)
    this.#pump()
  }

  /** The outcome of one attempt, whatever the transport does: rejects, hangs, or answers nonsense. */
  async #outcomeOf(batch: Batch, controller: AbortController): Promise<SendOutcome> {
    const { clock, requestTimeoutMs } = this.#options
    let timer: Timer | undefined
    const timeout = new Promise<SendOutcome>((resolve) => {
      // Also when the processor gives up, so that nothing waits for a send that never ends.
      controller.signal.addEventListener('abort', () => resolve({ status: 'retry', cause: controller.signal.reason }))
      timer = clock.schedule(requestTimeoutMs, () => {
        const cause = new BatchError('EK_BATCH_SEND_TIMEOUT', `No answer within ${requestTimeoutMs} ms`)
        resolve({ status: 'retry', blame: 'destination', cause })
        controller.abort(cause)
      })
    })
    try {
      return checked(await Promise.race([this.#send(batch, controller.signal), timeout]))
    } catch (cause) {
      return { status: 'retry', cause }
    } finally {
      timer?.cancel()
    }
  }

  async #send(batch: Batch, signal: AbortSignal): Promise<SendOutcome> {
    const { transport, aroundSend } = this.#options
    return aroundSend(async () => {
      try {
        await (this.#opened ??= transport.open?.() ?? Promise.resolve())
      } catch (cause) {
        this.#opened = undefined
        return { status: 'retry', blame: 'destination', cause }
      }
      return transport.send(batch, { signal, attempt: batch.attempts })
    })
  }

  #learn(
    batch: Batch,
    outcome: SendOutcome,
    times: { readonly startedAtMs: number; readonly nowMs: number; readonly wasSaturated: boolean },
  ): void {
    const { gate, concurrency } = this.#options
    const { startedAtMs, nowMs, wasSaturated } = times
    this.#lastFailure = 'cause' in outcome ? outcome.cause : undefined
    if (outcome.status !== 'retry') {
      batch.failedProbes = 0
      gate.succeed(startedAtMs, nowMs)
      concurrency.succeed(nowMs - startedAtMs, wasSaturated)
      return
    }
    this.#warnOfMisuse(outcome.cause)
    // It may have lost its connection for good: `open` sees to that before the next send.
    this.#opened = undefined
    if (gate.state === 'half-open') batch.failedProbes += 1
    concurrency.fail()
    const blamesDestination = outcome.blame === 'destination'
    gate.fail({ startedAtMs, afterMs: outcome.afterMs, blamesDestination }, nowMs)
  }

  /** A mistake in the program, such as a package that is not installed, is not mended by waiting: somebody has to be told. */
  #warnOfMisuse(cause: unknown): void {
    if (this.#hasWarned || !(cause instanceof BatchError) || cause.fault !== 'caller') return
    this.#hasWarned = true
    process.emitWarning(cause.message, { type: 'BatchWarning', code: cause.code })
  }

  #publish(batch: Batch, outcome: SendOutcome, tookMs: number): void {
    this.#options.recorder.sent(outcome.status, tookMs)
    if (!channels.sent.hasSubscribers) return
    channels.sent.publish({
      transport: this.#options.transport.name,
      batchId: batch.id,
      status: outcome.status,
      count: batch.count,
      bytes: batch.bytes,
      attempt: batch.attempts,
      tookMs,
      cause: 'cause' in outcome ? outcome.cause : undefined,
    } satisfies SentMessage)
  }

  #wakeAt(atMs: number, nowMs: number): void {
    if (this.#wake !== undefined && this.#wake.atMs <= atMs && this.#wake.atMs > nowMs) return
    this.#wake?.timer.cancel()
    const timer = this.#options.clock.schedule(atMs - nowMs, () => {
      this.#wake = undefined
      this.#pump()
    })
    this.#wake = { timer, atMs }
  }
}

const statuses: readonly string[] = [
  'delivered',
  'partial',
  'retry',
  'too_large',
  'rejected',
] satisfies SendOutcome['status'][]

/** A transport written in JavaScript may answer anything. */
function checked(outcome: SendOutcome | undefined): SendOutcome {
  if (typeof outcome === 'object' && statuses.includes(outcome.status)) return outcome
  const cause = new BatchError('EK_BATCH_RESPONSE', `The transport answered ${inspect(outcome)} instead of an outcome`)
  return { status: 'retry', cause }
}
