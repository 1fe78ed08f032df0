import { Buffer } from 'node:buffer'
import type { SealedBatch, SendContext, SendOutcome, Transport } from '../transport/transport.ts'

/** What a scripted transport saw of one attempt. */
export interface Attempt {
  readonly batchId: string
  readonly key: string | undefined
  readonly attempt: number
  readonly events: readonly string[]
  readonly ids: readonly string[]
  readonly bytes: number
  readonly body: string
}

type Reply = SendOutcome | Promise<SendOutcome>

/** A destination in memory that answers what the test says, and remembers what it was sent and what it took. */
export class ScriptedTransport implements Transport {
  readonly name: string
  readonly limits: NonNullable<Transport['limits']>
  readonly attempts: Attempt[] = []
  /** Events that were answered with `delivered`, or were not among the failed of a `partial`, in that order. */
  readonly delivered: string[] = []
  inFlight = 0
  maxInFlight = 0
  closed = 0
  /** Answers the next attempts. */
  reply: (attempt: Attempt, context: SendContext) => Reply

  constructor(
    reply: (attempt: Attempt, context: SendContext) => Reply = () => ({ status: 'delivered' }),
    options: { readonly name?: string; readonly limits?: NonNullable<Transport['limits']> } = {},
  ) {
    this.name = options.name ?? 'scripted'
    this.limits = options.limits ?? {}
    this.reply = reply
  }

  async send(batch: SealedBatch, context: SendContext): Promise<SendOutcome> {
    const attempt = record(batch, context)
    this.attempts.push(attempt)
    this.inFlight += 1
    this.maxInFlight = Math.max(this.maxInFlight, this.inFlight)
    try {
      const outcome = await this.reply(attempt, context)
      this.delivered.push(...taken(attempt, outcome))
      return outcome
    } finally {
      this.inFlight -= 1
    }
  }

  async close(): Promise<void> {
    this.closed += 1
  }
}

function record(batch: SealedBatch, context: SendContext): Attempt {
  const indices = Array.from({ length: batch.count }, (_, index) => index)
  return {
    batchId: batch.id,
    key: batch.key,
    attempt: context.attempt,
    events: indices.map((index) => Buffer.from(batch.at(index)).toString()),
    ids: indices.map((index) => batch.idAt(index)),
    bytes: batch.bytes,
    body: Buffer.from(batch.lines()).toString(),
  }
}

function taken(attempt: Attempt, outcome: SendOutcome): readonly string[] {
  if (outcome.status === 'delivered') return attempt.events
  if (outcome.status !== 'partial') return []
  const failed = new Set(outcome.failed.map(({ index }) => index))
  return attempt.events.filter((_, index) => !failed.has(index))
}
