import type { Backoff } from '../delivery/backoff.ts'
import type { ConcurrencyRange } from '../delivery/concurrency.ts'
import type { GateState, RetryAfterLimits } from '../delivery/retry-gate.ts'
import type { Fsync } from '../spill/segments.ts'
import type { SpillFiles } from '../spill/files.ts'
import type { Transport } from '../transport/transport.ts'
import type { Clock } from '../util/clock.ts'

/** What happens to a new event when the buffer is full. */
export type WhenFull = 'block' | 'drop-newest' | 'drop-oldest' | 'spill'

export interface BatchLimits {
  /** Events in a batch at most. Default 1000. */
  readonly maxEvents?: number
  /** Bytes of a batch at most, as sent before compression. Default 1 MiB. An event that is larger is refused as `too_large`. */
  readonly maxBytes?: number
  /** How long the oldest event of a batch waits at most before the batch is sent. Default 1000 ms. */
  readonly maxAgeMs?: number
}

export interface BufferLimits {
  /** Events in memory at most, those in flight included. Default 100,000. */
  readonly maxEvents?: number
  /** Encoded bytes in memory at most, those in flight included. Default 64 MiB. */
  readonly maxBytes?: number
  /**
   * - `block`: `offer` waits, `add` says `full`. Default with one destination.
   * - `drop-newest`: `offer` and `add` say `full`.
   * - `drop-oldest`: the oldest event that is not being sent makes room. Default with several destinations, where waiting for one would
   *   hold up the others.
   * - `spill`: from half full on, batches go to disk. Default with `spill`.
   */
  readonly whenFull?: WhenFull
  /** How long `offer` waits at most before it says `full`. Default: until there is room. */
  readonly offerTimeoutMs?: number
}

export interface RetryOptions extends Partial<Backoff> {
  /** First wait at most, doubled by each failure in a row. Default 250 ms. */
  readonly baseMs?: number
  /** Longest wait, jitter included. Default 10 s. */
  readonly capMs?: number
  /** `full` draws from nothing to the ceiling, `equal` from its upper half. Default `full`. */
  readonly jitter?: Backoff['jitter']
  /** A batch that has failed for so long is given up as `expired`. Default 24 h. */
  readonly maxElapsedMs?: number
  /** Longest `Retry-After` obeyed (default 1 h), and the random share added to it (default 0.2). */
  readonly retryAfter?: Partial<RetryAfterLimits>
}

export interface SpillOptions {
  /** Folder for the segments, made when missing. One processor at a time; with several destinations each has a subfolder. */
  readonly folder: string
  /**
   * - `overflow`: to disk when memory is half full and at the end of the process. A `kill -9` loses what is in memory.
   * - `wal`: every event to disk before `offer` resolves. Default `overflow`.
   */
  readonly mode?: 'overflow' | 'wal'
  /** Bytes on disk at most. Default 1 GiB. */
  readonly maxBytes?: number
  /** Size at which a segment file is closed. Default 16 MiB. */
  readonly segmentBytes?: number
  /** When data is forced to the device: it decides what a power failure costs, not what a crash of the process costs. Default `none`. */
  readonly fsync?: Fsync
  /** In `wal` mode, how long events are gathered into one write. Default 2 ms. */
  readonly groupMs?: number
  /** File operations. For tests. */
  readonly files?: SpillFiles
}

/** What may differ from one destination to another. */
export interface DestinationOptions {
  readonly transport: Transport
  readonly batch?: BatchLimits
  readonly buffer?: BufferLimits
  /** Sends in flight at most: a number, or a range within which the number adapts to the answers. Default 4. */
  readonly inFlight?: number | ConcurrencyRange
  /** `per-key` sends one batch of a key at a time, in order; without `key`, all batches. Default `none`. */
  readonly ordering?: 'none' | 'per-key'
  /** For each attempt. Default 10 s. */
  readonly requestTimeoutMs?: number
  readonly retry?: RetryOptions
}

/** Why an event became a dead letter. */
export type DeadLetterReason = 'rejected' | 'too_large' | 'expired' | 'closed' | 'encode_error'

/** An event that no destination will get, handed to `deadLetter`. */
export interface DeadLetter {
  readonly reason: DeadLetterReason
  /** The encoded event; empty when it could not be encoded. */
  readonly data: Uint8Array
  /** The event as it was added: only for `encode_error`, and for `too_large` at `add`. */
  readonly event?: unknown
  readonly id: string | undefined
  readonly key: string | undefined
  readonly transport: string | undefined
  readonly batchId: string | undefined
  readonly attempts: number
  readonly statusCode: number | undefined
  readonly cause: unknown
}

export interface BatchOptions<T> extends Omit<DestinationOptions, 'transport'> {
  /** Where events go. With several, each has its own queue, retries and books. Options here are the defaults of each destination. */
  readonly transport: Transport | readonly (Transport | DestinationOptions)[]
  /** Encodes an event inside `add`. Default `JSON.stringify`. */
  readonly encode?: (event: T) => string | Uint8Array | undefined
  /** Batches hold events of one key only. */
  readonly key?: (event: T) => string
  /** The event's own id. Default: batch id and index. */
  readonly id?: (event: T) => string
  /** Share of events to take, 0 to 1, or a predicate. Default 1. */
  readonly sample?: number | ((event: T) => boolean)
  readonly spill?: SpillOptions
  /** Gets the events that no destination takes. Without it they are counted as dropped. A rejection counts as `dead_letter_failed`. */
  readonly deadLetter?: (letters: readonly DeadLetter[]) => void | Promise<void>
  /**
   * - `none`: the processor knows nothing of the process; call `close()` yourself.
   * - `beforeExit`: a process that ends by itself first sends what is left; `process.exit` and crashes write it to the spill. Default.
   * - `signals`: SIGTERM and SIGINT too. The process still ends the way it would have without the processor.
   */
  readonly exit?: 'none' | 'beforeExit' | 'signals'
  /** Time for `close()` and for the end of the process. Default 10 s. */
  readonly closeDeadlineMs?: number
  /** Wraps every send, to set a context around it. See `@evenkeel/batch/opentelemetry`. */
  readonly aroundSend?: <R>(send: () => R) => R
  readonly onStateChange?: (state: GateState, transport: string) => void
  /** For tests. */
  readonly clock?: Clock
  /** For tests. Uniform in [0, 1). */
  readonly random?: () => number
}
