import type { JetStreamClient } from '@nats-io/jetstream'
import type { ConnectionOptions, NatsConnection } from '@nats-io/transport-node'
import { duration, knownOnly, optionError } from '../options/check.ts'
import type { FailedEvent, SealedBatch, SendOutcome, Transport } from '../transport/transport.ts'
import { loadPeer } from '../util/peer.ts'

export interface NatsTransportOptions {
  /** How to connect; the connection is opened and closed here. Either this or `connection`. */
  readonly connect?: ConnectionOptions
  /** A connection of `@nats-io/transport-node`. It stays open. */
  readonly connection?: NatsConnection
  /** The subject, or a function that names it for a batch, by its key for example. A stream must listen on it. */
  readonly subject: string | ((batch: SealedBatch) => string)
  /** Names the destination in metrics and in the spill. Default `nats`. */
  readonly name?: string
  /** How long the stream has to acknowledge an event. Default 5 s. */
  readonly ackTimeoutMs?: number
}

/**
 * Publishes each event to a JetStream stream and waits for all acknowledgements. The event's id is its message id, so that within the
 * duplicate window of the stream a retry adds nothing. Needs `@nats-io/transport-node` and `@nats-io/jetstream`, optional peer dependencies.
 */
export function natsTransport(options: NatsTransportOptions): Transport {
  knownOnly('options', options, ['connect', 'connection', 'subject', 'name', 'ackTimeoutMs'])
  if ((options.connect === undefined) === (options.connection === undefined)) {
    throw optionError('connect', 'given, or "connection" instead of it', options.connect)
  }
  const { subject } = options
  if (typeof subject !== 'function' && (typeof subject !== 'string' || subject === '')) {
    throw optionError('subject', 'a subject or a function', subject)
  }
  const ackTimeoutMs = duration('ackTimeoutMs', options.ackTimeoutMs ?? 5000)
  let connection = options.connection
  let stream: JetStreamClient | undefined
  return {
    name: options.name ?? 'nats',
    async open() {
      const { jetstream } = await loadPeer('@nats-io/jetstream', () => import('@nats-io/jetstream'))
      if (connection === undefined || (connection.isClosed() && options.connection === undefined)) {
        connection = await connectTo(options.connect ?? {})
      }
      stream = jetstream(connection)
    },
    async send(batch) {
      if (stream === undefined || connection === undefined) return { status: 'retry', blame: 'destination' }
      const to = typeof subject === 'function' ? subject(batch) : subject
      return publish(stream, batch, { subject: to, ackTimeoutMs, maxPayload: connection.info?.max_payload })
    },
    async close() {
      if (options.connection === undefined) await connection?.close().catch(() => undefined)
    },
  }
}

async function connectTo(options: ConnectionOptions): Promise<NatsConnection> {
  const { connect } = await loadPeer('@nats-io/transport-node', () => import('@nats-io/transport-node'))
  return connect({ maxReconnectAttempts: -1, ...options })
}

async function publish(
  stream: JetStreamClient,
  batch: SealedBatch,
  to: { readonly subject: string; readonly ackTimeoutMs: number; readonly maxPayload: number | undefined },
): Promise<SendOutcome> {
  const indices = Array.from({ length: batch.count }, (_, index) => index)
  const failures = await Promise.all(indices.map((index) => publishOne(stream, batch, { ...to, index })))
  const failed = failures.filter((failure) => failure !== undefined)
  if (failed.length === 0) return { status: 'delivered' }
  const [first] = failed
  const isOutage = failed.length === batch.count && failed.every(({ retryable }) => retryable)
  return isOutage ? { status: 'retry', blame: 'destination', cause: first?.cause } : { status: 'partial', failed }
}

async function publishOne(
  stream: JetStreamClient,
  batch: SealedBatch,
  to: {
    readonly subject: string
    readonly ackTimeoutMs: number
    readonly maxPayload: number | undefined
    readonly index: number
  },
): Promise<(FailedEvent & { readonly cause: unknown }) | undefined> {
  const { subject, ackTimeoutMs, maxPayload = Number.POSITIVE_INFINITY, index } = to
  const event = batch.at(index)
  if (event.length > maxPayload) {
    const reason = `The event has ${event.length} bytes, and the server takes ${maxPayload}`
    return { index, retryable: false, reason, cause: undefined }
  }
  try {
    await stream.publish(subject, event, { msgID: batch.idAt(index), timeout: ackTimeoutMs, retries: 0 })
    return undefined
  } catch (cause) {
    const { message } = cause as Error
    return { index, retryable: isPassing(cause), reason: message, cause }
  }
}

/** What the stream refuses for good: API errors of the 400 family, such as a message larger than the stream allows. */
function isPassing(cause: unknown): boolean {
  const { name, code } = cause as { readonly name?: string; readonly code?: number }
  return name !== 'JetStreamApiError' || code === undefined || code >= 500 || code === 408 || code === 429
}
