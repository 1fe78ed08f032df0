/**
 * The contract between the processor and a destination. A new destination is one object with a name and `send`.
 */

/** A sealed batch: events already encoded, never changed again. */
export interface SealedBatch {
  /** The idempotency key: the same over every retry, and over a restart when the batch was on disk. */
  readonly id: string
  /** What the `key` option returned for every event in it. */
  readonly key: string | undefined
  readonly count: number
  /** Length of `lines()`: each event and one separator byte. */
  readonly bytes: number
  /** The events as newline-delimited JSON (or whatever `encode` returns), each followed by `\n`. A view: do not write to it. */
  lines(): Uint8Array
  /** The events as one JSON array. A new array of `bytes + 1` bytes. */
  jsonArray(): Uint8Array
  /** The bytes of one event, without its separator. A view: do not write to it. */
  at(index: number): Uint8Array
  /** The event's own id, unchanged over retries, splits and restarts. */
  idAt(index: number): string
}

export interface SendContext {
  /** Aborted at the request timeout and at the deadline of `close()`. A send should end soon after. */
  readonly signal: AbortSignal
  /** 1 for the first attempt of this batch. */
  readonly attempt: number
}

/** An event of a batch that the destination did not take. */
export interface FailedEvent {
  readonly index: number
  readonly retryable: boolean
  readonly reason: string
}

/**
 * What became of a batch.
 * - `delivered`: the destination has every event.
 * - `partial`: it has all but `failed`; the retryable ones are sent again, the others are dead letters.
 * - `retry`: it has none, or nobody knows. `afterMs` is its own wish (`Retry-After`). `blame: 'destination'` stops all sending at once
 *   (no connection, throttled, credentials refused); by default the processor judges by whether other batches still pass.
 * - `too_large`: the batch is split and both halves are sent; a single event becomes a dead letter.
 * - `rejected`: it will never take it. `divisible: true` splits the batch to find the culprit.
 */
export type SendOutcome =
  | { readonly status: 'delivered' }
  | { readonly status: 'partial'; readonly failed: readonly FailedEvent[] }
  | {
      readonly status: 'retry'
      readonly afterMs?: number
      readonly blame?: 'destination'
      readonly statusCode?: number
      readonly cause?: unknown
    }
  | { readonly status: 'too_large'; readonly statusCode?: number; readonly cause?: unknown }
  | {
      readonly status: 'rejected'
      readonly divisible?: boolean
      readonly statusCode?: number
      readonly cause?: unknown
    }

/** A destination. The processor that is given a transport owns it: it calls `close()` once, after the last send has settled. */
export interface Transport {
  /** Stable and short: it names metrics, channels and the folder of the spill. */
  readonly name: string
  /** What the destination takes at most. The processor seals batches within it. */
  readonly limits?: { readonly maxEvents?: number; readonly maxBytes?: number }
  /** Bytes of a body beyond the events and one separator each. Default 0. */
  readonly overheadBytes?: number
  /** `lines` refuses an event that contains a newline. Default `any`. */
  readonly framing?: 'lines' | 'any'
  /** Called before the first `send`, and before the next one after a `retry`. A rejection counts as a `retry` of the destination. */
  open?(): Promise<void>
  /** Sends one batch. A rejection counts as `retry`. It may run several at a time, up to `inFlight`. */
  send(batch: SealedBatch, context: SendContext): Promise<SendOutcome>
  /** Releases what the transport itself opened; a client that the user passed in stays open. Must not reject. */
  close?(): Promise<void>
}
