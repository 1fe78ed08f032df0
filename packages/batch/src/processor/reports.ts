import type { Ending, Epoch } from '../batch/epoch.ts'
import type { Destination } from '../destination/destination.ts'
import { dropReasons, type Balance, type DropReason, type RefusalReason } from '../destination/ledger.ts'
import type { GateState } from '../delivery/retry-gate.ts'
import type { SpillStats } from '../spill/spill-store.ts'

/** What became of the events that were accepted before a `flush()`. */
export interface FlushReport {
  /** `deadline` and `aborted`: the flush gave up waiting; nothing was lost by it. */
  readonly status: 'done' | 'deadline' | 'aborted'
  readonly delivered: number
  readonly deadLettered: number
  readonly dropped: number
  /** Not settled yet. Zero when `status` is `done`. */
  readonly pending: number
  readonly elapsedMs: number
}

/** What became of the events that were not settled when `close()` was called. */
export interface CloseReport {
  readonly status: 'done' | 'deadline'
  readonly delivered: number
  readonly deadLettered: number
  readonly dropped: Readonly<Record<DropReason, number>>
  /** On disk, for the next process that uses the folder. */
  readonly spilled: number
  /** Of these, how many were being sent at the deadline: the destination may have them too. */
  readonly abandonedInFlight: number
  /** Still in the hands of a `deadLetter` handler that has not settled. */
  readonly unsettled: number
  readonly elapsedMs: number
}

export interface DestinationStats extends Balance {
  readonly name: string
  readonly gate: GateState
  readonly batchesInFlight: number
  /** Why the last attempt failed; `undefined` after one that passed. */
  readonly lastFailure: unknown
  readonly maxEvents: number
  readonly maxBytes: number
  readonly spill: SpillStats | undefined
}

/** The books, summed over the destinations (an event counts once for each) and one by one. */
export interface BatchStats extends Balance {
  readonly state: 'open' | 'closing' | 'closed'
  /** Events that were not accepted; their caller was told. */
  readonly refused: Readonly<Record<RefusalReason, number>>
  /** Callers of `offer` that wait for room. */
  readonly waiting: number
  readonly destinations: readonly DestinationStats[]
}

export function destinationStats(destination: Destination): DestinationStats {
  const { buffer } = destination.options
  return {
    ...destination.balance(),
    name: destination.name,
    gate: destination.gate.state,
    batchesInFlight: destination.sender.batchesInFlight,
    lastFailure: destination.sender.lastFailure,
    maxEvents: buffer.maxEvents,
    maxBytes: buffer.maxBytes,
    spill: destination.disk?.store.stats(),
  }
}

export function sumBalances(balances: readonly Balance[]): Balance {
  const sum = (of: (balance: Balance) => number): number => balances.reduce((total, each) => total + of(each), 0)
  return {
    accepted: sum((each) => each.accepted),
    recovered: sum((each) => each.recovered),
    delivered: sum((each) => each.delivered),
    deadLettered: sum((each) => each.deadLettered),
    dropped: mapDropped((reason) => sum((each) => each.dropped[reason])),
    spilled: sum((each) => each.spilled),
    buffered: sum((each) => each.buffered),
    inFlight: sum((each) => each.inFlight),
    bytes: sum((each) => each.bytes),
  }
}

export function mapDropped(count: (reason: DropReason) => number): Record<DropReason, number> {
  return Object.fromEntries(dropReasons.map((reason) => [reason, count(reason)])) as Record<DropReason, number>
}

/** How many events of some epochs have ended in each way, and how many have not. */
export function tally(epochs: readonly Epoch[]): Record<Ending | 'pending', number> {
  const sum = (of: (epoch: Epoch) => number): number => epochs.reduce((total, each) => total + of(each), 0)
  return {
    delivered: sum((each) => each.endings.delivered),
    deadLettered: sum((each) => each.endings.deadLettered),
    dropped: sum((each) => each.endings.dropped),
    spilled: sum((each) => each.endings.spilled),
    pending: sum((each) => each.unsettled),
  }
}
