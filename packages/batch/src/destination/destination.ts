import { Batch } from '../batch/batch.ts'
import { EpochLog } from '../batch/epoch.ts'
import type { EventBlock } from '../batch/event-block.ts'
import { Origin } from '../batch/origin.ts'
import { Concurrency } from '../delivery/concurrency.ts'
import { RetryGate, type GateState } from '../delivery/retry-gate.ts'
import { SendQueue } from '../delivery/send-queue.ts'
import { Sender } from '../delivery/sender.ts'
import { Settlement } from '../delivery/settlement.ts'
import { SizeLimit } from '../delivery/size-limit.ts'
import type { DeadLetter } from '../options/options.ts'
import type { ResolvedDestination } from '../options/resolve.ts'
import { channels, type GateMessage, type SealedMessage } from '../telemetry/channels.ts'
import type { MetricListener } from '../telemetry/metrics.ts'
import { Recorder } from '../telemetry/recorder.ts'
import type { Clock } from '../util/clock.ts'
import { Collector, type EncodedEvent, type SealTrigger } from './collector.ts'
import { DiskSide } from './disk-side.ts'
import { Ledger, type Balance } from './ledger.ts'
import { takeLeftovers, type Leftovers } from './leftovers.ts'

export interface DestinationHooks {
  readonly clock: Clock
  readonly random: () => number
  readonly deadLetter: ((letters: readonly DeadLetter[]) => void | Promise<void>) | undefined
  readonly aroundSend: <R>(send: () => R) => R
  readonly onStateChange: (state: GateState, transport: string) => void
  /** Memory has become free. */
  readonly onRoom: () => void
  readonly hasIds: boolean
  readonly listeners: Set<MetricListener>
}

/** The whole way of events to one destination: buffer, queue, disk, retries, books. Destinations share nothing. */
export class Destination {
  readonly options: ResolvedDestination
  readonly ledger: Ledger
  readonly epochs: EpochLog = new EpochLog()
  readonly recorder: Recorder
  readonly gate: RetryGate
  readonly sender: Sender
  readonly disk: DiskSide | undefined
  readonly #onRoom: () => void
  readonly #size: SizeLimit
  readonly #queue: SendQueue
  readonly #collector: Collector
  readonly #settlement: Settlement
  #isFull = false
  #lastBlock: EventBlock | undefined

  constructor(options: ResolvedDestination, hooks: DestinationHooks) {
    const { transport, batch, inFlight, ordering } = options
    this.options = options
    this.#onRoom = hooks.onRoom
    this.ledger = new Ledger(options.buffer)
    this.recorder = new Recorder(transport.name, hooks.listeners)
    this.#size = new SizeLimit(batch.maxBytes)
    this.#queue = new SendQueue({ perKey: ordering === 'per-key' })
    this.gate = new RetryGate({
      ...options,
      random: hooks.random,
      onChange: (state) => this.#gateChanged(state, hooks),
    })
    const canSend = (): boolean => this.sender.isIdle && (this.disk?.backlogLength ?? 0) === 0
    const onSealed = (block: EventBlock, trigger: SealTrigger): void => this.#sealed(block, trigger)
    this.#collector = new Collector({
      ...batch,
      size: this.#size,
      clock: hooks.clock,
      hasIds: hooks.hasIds,
      canSend,
      onSealed,
    })
    this.disk = this.#makeDisk(options, hooks)
    this.#settlement = this.#makeSettlement(options, hooks)
    this.sender = this.#makeSender(options, hooks, new Concurrency(inFlight))
    this.disk?.recover(() => this.sender.release())
  }

  get name(): string {
    return this.options.transport.name
  }

  /** Known to have no room, without a look at the event. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** An event of this size can never be sent. */
  isTooLarge(framedBytes: number): boolean {
    return framedBytes > this.#size.configuredBytes
  }

  /** Makes room if the policy allows. */
  hasRoom(framedBytes: number): boolean {
    if (this.ledger.fits(framedBytes)) return true
    const hasRoom = this.options.buffer.whenFull === 'drop-oldest' && this.#dropOldest(framedBytes)
    this.#isFull = !hasRoom
    return hasRoom
  }

  /** Takes an event for which `hasRoom` has just said yes. */
  append(event: EncodedEvent): void {
    this.ledger.accept(event.framedBytes)
    this.#lastBlock = this.#collector.append(event)
    this.disk?.noteAppended(this.#lastBlock)
  }

  /** An event that other destinations take and this one cannot. */
  appendDropped(event: EncodedEvent, reason: 'overflow' | 'too_large'): void {
    this.ledger.acceptDropped(reason)
    event.onReceipt?.({ status: 'dropped', batchId: '', reason })
  }

  /** Whether the last event is on disk, once that is known; `undefined` without a write-ahead log. */
  durable(): Promise<boolean> | undefined {
    return this.#lastBlock === undefined ? undefined : this.disk?.durable(this.#lastBlock)
  }

  sealAll(trigger: SealTrigger): void {
    this.#collector.sealAll(trigger)
  }

  /** For the end: everything that has not been settled, taken out of all places in memory. */
  takeLeftovers(): Leftovers {
    this.#collector.sealAll('close')
    this.#collector.stop()
    return takeLeftovers({ sender: this.sender, queue: this.#queue, disk: this.disk })
  }

  /** While the process ends: writes to disk what is in memory. Returns how many events nobody keeps. */
  abandon(): number {
    this.#collector.sealAll('close')
    const batches = [...this.sender.inFlight(), ...this.#queue.batches(), ...(this.disk?.batchesInMemory() ?? [])]
    if (batches.length > 0 && this.disk !== undefined) {
      try {
        this.disk.keepSync(batches)
        return 0
      } catch {
        // The disk refuses: they are lost, and counted so.
      }
    }
    return batches.reduce((sum, batch) => sum + batch.count, 0)
  }

  get settlement(): Settlement {
    return this.#settlement
  }

  balance(): Balance {
    return this.ledger.balance()
  }

  #sealed(block: EventBlock, trigger: SealTrigger): void {
    const epoch = this.epochs.open(block.count)
    const origin = new Origin({ id: block.id, epoch, parts: [], count: block.count })
    const batch = new Batch({ id: block.id, origin, block })
    this.recorder.sealed(trigger, batch.count, batch.bytes)
    if (channels.sealed.hasSubscribers) {
      const { count, bytes } = batch
      channels.sealed.publish({ transport: this.name, trigger, count, bytes } satisfies SealedMessage)
    }
    if (this.disk === undefined) this.#enqueue(batch)
    else this.disk.sealed(batch)
  }

  #enqueue(batch: Batch): void {
    this.#queue.push(batch)
    this.sender.queuePump()
  }

  /** Drops the oldest events that are not being sent, one by one, until the new one fits. */
  #dropOldest(framedBytes: number): boolean {
    while (!this.ledger.fits(framedBytes)) {
      const oldest = this.#queue.oldest()
      if (oldest === undefined) {
        if (!this.#collector.sealOldest('count')) return false
        continue
      }
      if (oldest.attempts === 0 && oldest.count > 1) {
        this.#settlement.dropFirst(oldest, 'overflow')
        continue
      }
      // A batch that the destination may have seen keeps its content as long as it keeps its id.
      this.#queue.dropOldest()
      this.#settlement.drop(oldest, 'overflow', 'buffered')
    }
    return true
  }

  #roomMade(): void {
    this.#isFull = false
    this.#onRoom()
  }

  #gateChanged(state: GateState, hooks: DestinationHooks): void {
    hooks.onStateChange(state, this.name)
    if (channels.gate.hasSubscribers) channels.gate.publish({ transport: this.name, state } satisfies GateMessage)
  }

  #makeDisk(options: ResolvedDestination, hooks: DestinationHooks): DiskSide | undefined {
    if (options.spill === undefined) return undefined
    return new DiskSide({
      spill: options.spill,
      clock: hooks.clock,
      ledger: this.ledger,
      epochs: this.epochs,
      enqueue: (batch) => this.#enqueue(batch),
      onRoom: () => this.#roomMade(),
      onWork: () => this.sender.queuePump(),
    })
  }

  #makeSettlement(options: ResolvedDestination, hooks: DestinationHooks): Settlement {
    return new Settlement({
      transport: this.name,
      ledger: this.ledger,
      epochs: this.epochs,
      queue: this.#queue,
      size: this.#size,
      store: this.disk?.store,
      backoff: options.backoff,
      maxElapsedMs: options.maxElapsedMs,
      random: hooks.random,
      deadLetter: hooks.deadLetter,
      onDelivered: (batch) => this.recorder.acknowledged(hooks.clock.now() - batch.openedAtMs),
      onRoom: () => this.#roomMade(),
    })
  }

  #makeSender(options: ResolvedDestination, hooks: DestinationHooks, concurrency: Concurrency): Sender {
    const sender = {
      transport: options.transport,
      queue: this.#queue,
      gate: this.gate,
      concurrency,
      ledger: this.ledger,
      recorder: this.recorder,
      clock: hooks.clock,
      requestTimeoutMs: options.requestTimeoutMs,
      aroundSend: hooks.aroundSend,
      refill: () => this.#refill(concurrency.limit),
      onIdle: () => {
        // With batches on disk, what is open goes behind them and may as well grow.
        if ((this.disk?.backlogLength ?? 0) === 0) this.#collector.sealAged()
      },
      onOutcome: (batch, outcome, nowMs) => this.#settlement.apply(batch, outcome, nowMs),
    } satisfies ConstructorParameters<typeof Sender>[0]
    return new Sender(sender, this.disk === undefined ? 'sending' : 'holding')
  }

  #refill(limit: number): void {
    if (this.disk === undefined || this.#queue.length > limit) return
    this.disk.refill(this.#queue.length === 0 && this.sender.batchesInFlight === 0)
  }
}
