import type { Batch } from '../batch/batch.ts'
import type { DeadLetter, DeadLetterReason } from '../options/options.ts'

export interface Verdict {
  readonly reason: DeadLetterReason
  readonly statusCode?: number | undefined
  readonly cause?: unknown
  /** A cause for each event, where they differ. */
  readonly causes?: readonly unknown[]
}

/** One letter for each event of a batch that nobody takes. */
export function lettersOf(batch: Batch, transport: string, verdict: Verdict): DeadLetter[] {
  return Array.from({ length: batch.count }, (_, index) => ({
    reason: verdict.reason,
    data: batch.at(index),
    id: batch.idAt(index),
    key: batch.key,
    transport,
    batchId: batch.id,
    attempts: batch.attempts,
    statusCode: verdict.statusCode,
    cause: verdict.causes?.[index] ?? verdict.cause,
  }))
}

/** The letter of an event that never got into a batch. */
export function letterOfRefused(event: unknown, reason: 'too_large' | 'encode_error', cause: unknown): DeadLetter {
  return {
    reason,
    event,
    data: new Uint8Array(0),
    id: undefined,
    key: undefined,
    transport: undefined,
    batchId: undefined,
    attempts: 0,
    statusCode: undefined,
    cause,
  }
}
