import type { Batch } from '../batch/batch.ts'
import type { EpochLog } from '../batch/epoch.ts'
import type { DropReason, Ledger } from '../destination/ledger.ts'
import type { DeadLetter } from '../options/options.ts'
import type { SpillStore } from '../spill/spill-store.ts'
import { channels, type DroppedMessage } from '../telemetry/channels.ts'
import type { FailedEvent, SendOutcome } from '../transport/transport.ts'
import { backoffMs, type Backoff } from './backoff.ts'
import { lettersOf, type Verdict } from './dead-letters.ts'
import type { SendQueue } from './send-queue.ts'
import type { SizeLimit } from './size-limit.ts'

export interface SettlementOptions {
  readonly transport: string
  readonly ledger: Ledger
  readonly epochs: EpochLog
  readonly queue: SendQueue
  readonly size: SizeLimit
  readonly store: SpillStore | undefined
  readonly backoff: Backoff
  readonly maxElapsedMs: number
  readonly random: () => number
  readonly deadLetter: ((letters: readonly DeadLetter[]) => void | Promise<void>) | undefined
  readonly onDelivered: (batch: Batch) => void
  readonly onRoom: () => void
}

/** Applies the outcome of an attempt: to the books, the queue, the disk, and whoever waits for the events. */
export class Settlement {
  readonly #options: SettlementOptions

  constructor(options: SettlementOptions) {
    this.#options = options
  }

  apply(batch: Batch, outcome: SendOutcome, nowMs: number): void {
    switch (outcome.status) {
      case 'delivered':
        this.#deliver(batch)
        this.#options.size.pass()
        return this.#options.queue.release(batch)
      case 'partial':
        return this.#applyPartial(batch, outcome.failed, nowMs)
      case 'retry':
        return this.#retryLater(batch, outcome, nowMs)
      case 'too_large':
        if (batch.count > 1) this.#options.size.refuse(batch.bytes)
        else this.#options.size.exonerate()
        return this.#splitOr(batch, { ...outcome, reason: 'too_large' })
      case 'rejected':
        if (outcome.divisible === true) return this.#splitOr(batch, { ...outcome, reason: 'rejected' })
        this.#options.queue.release(batch)
        return this.bury(batch, { ...outcome, reason: 'rejected' })
    }
  }

  /** Makes dead letters of events in flight, or counts them as dropped when nobody takes letters. */
  bury(batch: Batch, verdict: Verdict & { readonly reason: Exclude<Verdict['reason'], 'encode_error'> }): void {
    const { deadLetter, transport } = this.#options
    if (deadLetter === undefined) return this.drop(batch, verdict.reason, 'inFlight')
    void this.#handOver(batch, async () => deadLetter(lettersOf(batch, transport, verdict)), verdict.reason)
  }

  drop(batch: Batch, reason: DropReason, from: 'buffered' | 'inFlight'): void {
    this.#options.ledger.drop(reason, from, batch.count, batch.bytes)
    this.#end(batch, 'dropped', reason)
  }

  /** Drops one event of a batch that was never sent. */
  dropFirst(batch: Batch, reason: DropReason): void {
    const { bytes, receipt } = batch.dropFirst()
    this.#options.ledger.drop(reason, 'buffered', 1, bytes)
    receipt?.({ status: 'dropped', batchId: batch.id, reason })
    this.#settled(batch, 'dropped', 1)
    this.#publishDrop(reason, 1)
  }

  /** The events are on disk for a later process. */
  leaveOnDisk(batch: Batch, from: 'buffered' | 'inFlight'): void {
    this.#options.ledger.toDisk(from, batch.count, batch.bytes)
    batch.acknowledge({ status: 'spilled', batchId: batch.id, reason: 'closed' })
    this.#options.epochs.settle(batch.origin.epoch, 'spilled', batch.count)
  }

  #deliver(batch: Batch): void {
    this.#options.ledger.deliver(batch.count, batch.bytes)
    this.#options.onDelivered(batch)
    this.#end(batch, 'delivered', '')
  }

  #applyPartial(batch: Batch, failed: readonly FailedEvent[], nowMs: number): void {
    const byIndex = new Map(
      failed.filter(({ index }) => index >= 0 && index < batch.count).map((each) => [each.index, each]),
    )
    const indices = Array.from({ length: batch.count }, (_, index) => index)
    const delivered = indices.filter((index) => !byIndex.has(index))
    const again = indices.filter((index) => byIndex.get(index)?.retryable === true)
    const refused = indices.filter((index) => byIndex.get(index)?.retryable === false)
    if (delivered.length > 0) this.#deliver(batch.pick(delivered, ''))
    if (again.length === 0) this.#options.queue.release(batch)
    if (refused.length > 0) {
      const culprits = batch.pick(refused, '.x')
      culprits.attempts = batch.attempts
      this.bury(culprits, { reason: 'rejected', causes: refused.map((index) => byIndex.get(index)?.reason) })
    }
    if (again.length === 0) return
    const rest = again.length === batch.count ? batch : batch.pick(again, '.p')
    rest.attempts = batch.attempts
    rest.firstAttemptAtMs = batch.firstAttemptAtMs
    this.#retryLater(rest, { cause: byIndex.get(again[0] ?? 0)?.reason }, nowMs)
  }

  #retryLater(batch: Batch, outcome: { statusCode?: number; cause?: unknown }, nowMs: number): void {
    const { backoff, random, maxElapsedMs, ledger, queue } = this.#options
    if (nowMs - (batch.firstAttemptAtMs ?? nowMs) > maxElapsedMs) {
      queue.release(batch)
      return this.bury(batch, { ...outcome, reason: 'expired' })
    }
    batch.notBeforeMs = nowMs + backoffMs(backoff, batch.attempts, random)
    ledger.giveBack(batch.count)
    queue.putBack([batch])
  }

  #splitOr(batch: Batch, verdict: Verdict & { readonly reason: 'too_large' | 'rejected' }): void {
    if (batch.count === 1) {
      this.#options.queue.release(batch)
      return this.bury(batch, verdict)
    }
    this.#options.ledger.giveBack(batch.count)
    const halves = batch.split()
    for (const half of halves) half.firstAttemptAtMs = batch.firstAttemptAtMs
    this.#options.queue.putBack(halves)
  }

  async #handOver(batch: Batch, hand: () => Promise<void>, reason: string): Promise<void> {
    try {
      await hand()
    } catch {
      return this.drop(batch, 'dead_letter_failed', 'inFlight')
    }
    this.#options.ledger.deadLetter('inFlight', batch.count, batch.bytes)
    this.#end(batch, 'deadLettered', reason)
  }

  #end(batch: Batch, ending: 'delivered' | 'deadLettered' | 'dropped', reason: string): void {
    const batchId = batch.id
    if (ending === 'delivered') batch.acknowledge({ status: 'delivered', batchId })
    else batch.acknowledge({ status: ending === 'dropped' ? 'dropped' : 'dead_lettered', batchId, reason })
    if (ending === 'dropped') this.#publishDrop(reason as DropReason, batch.count)
    this.#settled(batch, ending, batch.count)
  }

  #settled(batch: Batch, ending: 'delivered' | 'deadLettered' | 'dropped', count: number): void {
    const { origin } = batch
    origin.unsettled -= count
    if (origin.unsettled === 0 && origin.parts.length > 0) this.#options.store?.settle(origin.id, origin.parts)
    this.#options.epochs.settle(origin.epoch, ending, count)
    this.#options.onRoom()
  }

  #publishDrop(reason: DropReason, count: number): void {
    if (!channels.dropped.hasSubscribers) return
    channels.dropped.publish({ transport: this.#options.transport, reason, count } satisfies DroppedMessage)
  }
}
