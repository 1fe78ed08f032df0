/** Why an event was not accepted. The caller is told by the result of `add` and still holds the event. */
export const refusalReasons = ['full', 'closed', 'sampled', 'too_large', 'encode_error'] as const
export type RefusalReason = (typeof refusalReasons)[number]

/** Why an accepted event was lost. There is no other way to lose one. */
export const dropReasons = [
  'overflow',
  'rejected',
  'too_large',
  'expired',
  'closed',
  'abandoned',
  'corrupt',
  'dead_letter_failed',
] as const
export type DropReason = (typeof dropReasons)[number]

/** Where an accepted event can be. */
export type Place = 'buffered' | 'inFlight' | 'spilled'

/**
 * The books of one destination. At every moment
 * `accepted + recovered = delivered + deadLettered + dropped + spilled + buffered + inFlight`.
 */
export interface Balance {
  /** Events `add` took. */
  readonly accepted: number
  /** Events found on disk, accepted by an earlier process. */
  readonly recovered: number
  readonly delivered: number
  readonly deadLettered: number
  readonly dropped: Readonly<Record<DropReason, number>>
  /** Events on disk and not in memory. */
  readonly spilled: number
  readonly buffered: number
  readonly inFlight: number
  /** Encoded bytes buffered and in flight, separators included. */
  readonly bytes: number
}

/** Moves events between places; every method keeps the balance. Bounds are over what is in memory: buffered and in flight. */
export class Ledger {
  readonly #maxEvents: number
  readonly #maxBytes: number
  readonly #dropped = Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as Record<DropReason, number>
  #accepted = 0
  #recovered = 0
  #delivered = 0
  #deadLettered = 0
  #spilled = 0
  #buffered = 0
  #inFlight = 0
  #bytes = 0

  constructor(bounds: { readonly maxEvents: number; readonly maxBytes: number }) {
    this.#maxEvents = bounds.maxEvents
    this.#maxBytes = bounds.maxBytes
  }

  get inFlight(): number {
    return this.#inFlight
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Share of the bounds in use: 1 is full. */
  get fill(): number {
    return Math.max((this.#buffered + this.#inFlight) / this.#maxEvents, this.#bytes / this.#maxBytes)
  }

  get isEmpty(): boolean {
    return this.#buffered + this.#inFlight === 0
  }

  fits(bytes: number): boolean {
    return this.#buffered + this.#inFlight < this.#maxEvents && this.#bytes + bytes <= this.#maxBytes
  }

  fitsMany(events: number, bytes: number): boolean {
    return this.#buffered + this.#inFlight + events <= this.#maxEvents && this.#bytes + bytes <= this.#maxBytes
  }

  accept(bytes: number): void {
    this.#accepted += 1
    this.#buffered += 1
    this.#bytes += bytes
  }

  acceptDropped(reason: DropReason): void {
    this.#accepted += 1
    this.#dropped[reason] += 1
  }

  recover(events: number): void {
    this.#recovered += events
    this.#spilled += events
  }

  launch(events: number): void {
    this.#buffered -= events
    this.#inFlight += events
  }

  giveBack(events: number): void {
    this.#inFlight -= events
    this.#buffered += events
  }

  toDisk(from: 'buffered' | 'inFlight', events: number, bytes: number): void {
    this.#leave(from, events, bytes)
    this.#spilled += events
  }

  fromDisk(events: number, bytes: number): void {
    this.#spilled -= events
    this.#buffered += events
    this.#bytes += bytes
  }

  deliver(events: number, bytes: number): void {
    this.#leave('inFlight', events, bytes)
    this.#delivered += events
  }

  deadLetter(from: Place, events: number, bytes: number): void {
    this.#leave(from, events, bytes)
    this.#deadLettered += events
  }

  drop(reason: DropReason, from: Place, events: number, bytes = 0): void {
    this.#leave(from, events, bytes)
    this.#dropped[reason] += events
  }

  balance(): Balance {
    return {
      accepted: this.#accepted,
      recovered: this.#recovered,
      delivered: this.#delivered,
      deadLettered: this.#deadLettered,
      dropped: { ...this.#dropped },
      spilled: this.#spilled,
      buffered: this.#buffered,
      inFlight: this.#inFlight,
      bytes: this.#bytes,
    }
  }

  #leave(from: Place, events: number, bytes: number): void {
    if (from === 'buffered') this.#buffered -= events
    else if (from === 'inFlight') this.#inFlight -= events
    else this.#spilled -= events
    this.#bytes -= bytes
  }
}
