import { AsyncLocalStorage } from 'node:async_hooks'
import type { Receipt } from '../batch/event-block.ts'
import { letterOfRefused } from '../delivery/dead-letters.ts'
import type { EncodedEvent } from '../destination/collector.ts'
import { Destination, type DestinationHooks } from '../destination/destination.ts'
import type { LeftoverPolicy } from '../destination/leftovers.ts'
import { refusalReasons, type RefusalReason } from '../destination/ledger.ts'
import { Router } from '../destination/router.ts'
import { callable, duration, oneOf } from '../options/check.ts'
import type { BatchOptions } from '../options/options.ts'
import { resolveDestinations, resolveEvents } from '../options/resolve.ts'
import type { MetricFamily, MetricListener, MetricSource } from '../telemetry/metrics.ts'
import { guarded } from '../util/guarded.ts'
import { monotonicClock, type Clock } from '../util/clock.ts'
import { collectMetrics } from './collect.ts'
import { KeepAlive } from './deadline.ts'
import { exitWatch, type Endable } from './exit-watch.ts'
import { closeAll, flushAll } from './flush.ts'
import { Intake } from './intake.ts'
import { destinationStats, sumBalances, type BatchStats, type CloseReport, type FlushReport } from './reports.ts'
import { Waiters } from './waiters.ts'
import { writableInto } from './writable.ts'

/**
 * What became of an event handed in.
 * - `accepted`: it is in the buffer (in `wal` mode, after `offer`: on disk).
 * - `volatile`: only from `offer` in `wal` mode: it is in the buffer, and the disk refused it.
 * - the others: it was not taken, and the caller still has it.
 */
export type AddResult = 'accepted' | 'volatile' | RefusalReason

/** How an event given to `deliver` ended. */
export type DeliveryReceipt = Receipt | { readonly status: 'refused'; readonly reason: RefusalReason }

/**
 * Takes events one by one and ships them in batches, by count, bytes or age. It owns its transports: `close()` ends them.
 *
 * @example
 * const batch = new BatchProcessor({ transport: httpTransport({ url: 'http://127.0.0.1:8080/events' }) })
 * batch.add({ type: 'signup', user: 42 })
 * await batch.close()
 */
export class BatchProcessor<T> implements AsyncDisposable, MetricSource {
  readonly #intake: Intake<T>
  readonly #router: Router
  readonly #waiters: Waiters<AddResult>
  readonly #clock: Clock
  readonly #deadLetter: BatchOptions<T>['deadLetter']
  readonly #closeDeadlineMs: number
  readonly #listeners = new Set<MetricListener>()
  readonly #refused = Object.fromEntries(refusalReasons.map((reason) => [reason, 0])) as Record<RefusalReason, number>
  readonly #endable: Endable
  readonly #keepAlive = new KeepAlive()
  #state: 'open' | 'closing' | 'closed' = 'open'
  #closed: Promise<CloseReport> | undefined

  /**
   * @throws {BatchError} `EK_BATCH_OPTION` for a wrong option, `EK_BATCH_SPILL_LOCKED` when another process uses the spill folder,
   * `EK_BATCH_SPILL_UNUSABLE` when the folder cannot be used.
   */
  constructor(options: BatchOptions<T>) {
    const destinations = resolveDestinations(options)
    const { clock = monotonicClock, random = Math.random } = options
    this.#clock = clock
    this.#intake = new Intake(resolveEvents(options, random))
    this.#deadLetter = callable('deadLetter', options.deadLetter)
    this.#closeDeadlineMs = duration('closeDeadlineMs', options.closeDeadlineMs ?? 10_000)
    const exit = oneOf('exit', options.exit ?? 'beforeExit', ['none', 'beforeExit', 'signals'])
    this.#waiters = new Waiters(clock)
    const hooks = this.#hooks(options, { clock, random })
    this.#router = new Router(destinations.map((each) => new Destination(each, hooks)))
    this.#endable = this.#makeEndable()
    if (exit !== 'none') exitWatch.add(this.#endable, { signals: exit === 'signals' })
  }

  /** Takes an event without waiting. Never throws; what could not be taken, and why, is in the result and in `stats().refused`. */
  add(event: T): AddResult {
    if (this.#state !== 'open') return this.#refuse('closed')
    if (this.#router.isFull || this.#waiters.length > 0) return this.#refuse('full')
    const encoded = this.#encode(event)
    if (typeof encoded === 'string') return encoded
    const result = this.#router.place(encoded)
    return result === 'accepted' ? result : this.#refuse(result, event)
  }

  /** Takes each event as `add` does. */
  addMany(events: Iterable<T>): Record<AddResult, number> {
    const counts = { accepted: 0, volatile: 0, full: 0, closed: 0, sampled: 0, too_large: 0, encode_error: 0 }
    for (const event of events) counts[this.add(event)] += 1
    return counts
  }

  /**
   * Takes an event, waiting for room where `whenFull` is `block` or `spill`, and in `wal` mode until it is on disk.
   * Rejects only with the reason of `signal`; the event is then not taken.
   */
  async offer(event: T, options: { readonly signal?: AbortSignal } = {}): Promise<AddResult> {
    return this.#offer(event, options.signal, undefined)
  }

  /** Takes an event as `offer` does, and resolves when it has been delivered to every destination, or has ended otherwise. */
  async deliver(event: T, options: { readonly signal?: AbortSignal } = {}): Promise<DeliveryReceipt> {
    const receipts: Receipt[] = []
    const { promise, resolve } = Promise.withResolvers<DeliveryReceipt>()
    const onReceipt = (receipt: Receipt): void => {
      receipts.push(receipt)
      if (receipts.length < this.#router.destinations.length) return
      resolve(receipts.find(({ status }) => status !== 'delivered') ?? receipt)
    }
    const result = await this.#offer(event, options.signal, onReceipt)
    if (result === 'accepted' || result === 'volatile') return this.#keepAlive.during(promise)
    return { status: 'refused', reason: result }
  }

  /** A stream into this processor. Writing waits as `offer` does; closing the stream flushes and leaves the processor open. */
  writable(options: { readonly highWaterMark?: number } = {}): WritableStream<T> {
    return writableInto(this, options)
  }

  /**
   * Sends everything accepted before the call and resolves when all of it has ended: delivered, dead-lettered or dropped. Without a deadline
   * it waits as long as the destination fails. Any number of flushes may run.
   */
  flush(options: { readonly deadlineMs?: number; readonly signal?: AbortSignal } = {}): Promise<FlushReport> {
    const { deadlineMs = Number.POSITIVE_INFINITY, signal } = options
    duration('deadlineMs', deadlineMs, { mayBeInfinite: true })
    return this.#keepAlive.during(flushAll(this.#router.destinations, { clock: this.#clock, deadlineMs, signal }))
  }

  /**
   * Refuses new events, delivers what it can until the deadline (default `closeDeadlineMs`), gives the rest the end that `leftovers` says,
   * and closes the transports. `leftovers` defaults to `spill` with a spill folder, to `dead-letter` with a handler, else to `drop`.
   * Further calls return the same promise. Never rejects.
   */
  close(options: { readonly deadlineMs?: number; readonly leftovers?: LeftoverPolicy } = {}): Promise<CloseReport> {
    duration('deadlineMs', options.deadlineMs ?? 0, { mayBeInfinite: true })
    return (this.#closed ??= this.#keepAlive.during(this.#close(options)))
  }

  /** Hands a flush to a platform that freezes the process after a response: `batch.flushAfter((work) => ctx.waitUntil(work))`. */
  flushAfter(waitUntil: (work: Promise<unknown>) => void): void {
    waitUntil(this.flush({ deadlineMs: this.#closeDeadlineMs }))
  }

  /** Resolves when what earlier processes left on disk has been found: `stats().recovered` is complete then. Sending waits for it too. */
  get recovered(): Promise<void> {
    return Promise.all(this.#router.destinations.flatMap(({ disk }) => disk?.recovered ?? [])).then(() => undefined)
  }

  /** Stops sending; events are taken as long as there is room. */
  pause(): void {
    for (const { sender } of this.#router.destinations) sender.pause()
  }

  resume(): void {
    for (const { sender } of this.#router.destinations) sender.resume()
  }

  /** The books at this moment. They always balance: see `Balance`. */
  stats(): BatchStats {
    const destinations = this.#router.destinations.map((destination) => destinationStats(destination))
    return {
      ...sumBalances(destinations),
      state: this.#state,
      refused: { ...this.#refused },
      waiting: this.#waiters.length,
      destinations,
    }
  }

  collect(): readonly MetricFamily[] {
    return collectMetrics(this.stats(), this.#router.destinations)
  }

  listen(listener: MetricListener): () => void {
    const own = guarded('listener', listener)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #offer(
    event: T,
    signal: AbortSignal | undefined,
    onReceipt: ((receipt: Receipt) => void) | undefined,
  ): Promise<AddResult> {
    signal?.throwIfAborted()
    if (this.#state !== 'open') return this.#refuse('closed')
    const encoded = this.#encode(event, onReceipt)
    if (typeof encoded === 'string') return encoded
    const placed = this.#waiters.length > 0 ? 'full' : this.#router.place(encoded)
    if (placed === 'accepted') return this.#durable()
    if (placed === 'too_large' || !this.#router.canWait) return this.#refuse(placed, event)
    const turn = this.#waiters.wait(encoded, { timeoutMs: this.#router.offerTimeoutMs, late: 'full', signal })
    const result = await this.#keepAlive.during(turn)
    return result === 'accepted' ? this.#durable() : this.#refuse(result as RefusalReason, event)
  }

  async #durable(): Promise<AddResult> {
    const durable = this.#router.durable()
    return durable === undefined || (await this.#keepAlive.during(durable)) ? 'accepted' : 'volatile'
  }

  #encode(event: T, onReceipt?: (receipt: Receipt) => void): EncodedEvent | RefusalReason {
    try {
      if (this.#intake.isSampledOut(event)) return this.#refuse('sampled')
      return this.#intake.encode(event, onReceipt)
    } catch (cause) {
      return this.#refuse('encode_error', event, cause)
    }
  }

  #refuse<R extends RefusalReason>(reason: R, event?: T, cause?: unknown): R {
    this.#refused[reason] += 1
    if ((reason === 'too_large' || reason === 'encode_error') && this.#deadLetter !== undefined) {
      void this.#hand(this.#deadLetter, letterOfRefused(event, reason, cause))
    }
    return reason
  }

  /** The caller knows already: a handler that fails here loses nothing. */
  async #hand(
    deadLetter: NonNullable<BatchOptions<T>['deadLetter']>,
    letter: ReturnType<typeof letterOfRefused>,
  ): Promise<void> {
    try {
      await deadLetter([letter])
    } catch {
      // Counted under `refused`.
    }
  }

  #serveWaiters(): void {
    if (this.#waiters.length === 0) return
    this.#waiters.serve((event) => {
      if (this.#state !== 'open') return 'closed'
      const result = this.#router.place(event)
      return result === 'full' ? undefined : result
    })
  }

  async #close(options: { readonly deadlineMs?: number; readonly leftovers?: LeftoverPolicy }): Promise<CloseReport> {
    const { deadlineMs = this.#closeDeadlineMs, leftovers } = options
    this.#state = 'closing'
    this.#serveWaiters()
    const policyOf = (destination: Destination): LeftoverPolicy =>
      leftovers ?? (destination.disk !== undefined ? 'spill' : this.#deadLetter !== undefined ? 'dead-letter' : 'drop')
    const report = await closeAll(this.#router.destinations, { clock: this.#clock, deadlineMs, policyOf })
    this.#state = 'closed'
    exitWatch.remove(this.#endable)
    return report
  }

  #hooks(options: BatchOptions<T>, time: { readonly clock: Clock; readonly random: () => number }): DestinationHooks {
    const own = AsyncLocalStorage.snapshot()
    const around = callable('aroundSend', options.aroundSend) ?? ((send) => send())
    return {
      ...time,
      deadLetter: this.#deadLetter,
      // Sends belong to the processor, not to the request whose event happened to fill a batch.
      aroundSend: (send) => own(() => around(send)),
      onStateChange: guarded('onStateChange', callable('onStateChange', options.onStateChange) ?? (() => undefined)),
      onRoom: () => this.#serveWaiters(),
      hasIds: this.#intake.hasIds,
      listeners: this.#listeners,
    }
  }

  #makeEndable(): Endable {
    const destinations = this.#router.destinations
    const pendingIn = (destination: Destination): number => {
      const { buffered, inFlight } = destination.balance()
      return buffered + inFlight
    }
    return {
      get accepted(): number {
        return destinations.reduce((sum, destination) => sum + destination.balance().accepted, 0)
      },
      get pending(): number {
        return destinations.reduce((sum, destination) => sum + pendingIn(destination), 0)
      },
      drain: () => this.flush({ deadlineMs: this.#closeDeadlineMs }),
      abandon: () => destinations.reduce((sum, destination) => sum + destination.abandon(), 0),
    }
  }
}
