import { Buffer } from 'node:buffer'
import type { ProducerOptions } from '@platformatic/kafka'
import { knownOnly, oneOf, optionError } from '../options/check.ts'
import type { SealedBatch, SendOutcome, Transport } from '../transport/transport.ts'
import { loadPeer } from '../util/peer.ts'

/** A message as a producer of `@platformatic/kafka` takes it. */
export interface KafkaMessage {
  readonly topic: string
  readonly key?: Buffer
  readonly value: Buffer
  readonly headers: Map<Buffer, Buffer>
}

/** What is needed of a producer of `@platformatic/kafka` without serializers. */
export interface KafkaProducer {
  send(options: { readonly messages: KafkaMessage[]; readonly acks: number }): Promise<unknown>
}

export interface KafkaTransportOptions {
  /** How to connect; a producer of our own is opened and closed. Either this or `producer`. */
  readonly connect?: ProducerOptions<Buffer, Buffer, Buffer, Buffer>
  /** A producer of `@platformatic/kafka` that takes buffers. It stays open. */
  readonly producer?: KafkaProducer
  /** The topic, or a function that names it for a batch. */
  readonly topic: string | ((batch: SealedBatch) => string)
  /** Names the destination in metrics and in the spill. Default `kafka`. */
  readonly name?: string
  /** Who has to have a batch: all replicas in sync, or the leader. Default `all`. */
  readonly acks?: 'all' | 'leader'
}

/** Brokers take requests of 1 MiB by default, record overhead included. */
const maxRequestBytes = 1_000_000

/**
 * Sends each event as one message, keyed by the batch key, with the event's id in the header `id`. Retries are the processor's: a producer
 * opened here has none of its own. Needs `@platformatic/kafka`, an optional peer dependency, unless a producer is given.
 */
export function kafkaTransport(options: KafkaTransportOptions): Transport {
  knownOnly('options', options, ['connect', 'producer', 'topic', 'name', 'acks'])
  if ((options.connect === undefined) === (options.producer === undefined)) {
    throw optionError('connect', 'given, or "producer" instead of it', options.connect)
  }
  const { topic } = options
  if (typeof topic !== 'function' && (typeof topic !== 'string' || topic === '')) {
    throw optionError('topic', 'a topic or a function', topic)
  }
  const acks = oneOf('acks', options.acks ?? 'all', ['all', 'leader']) === 'all' ? -1 : 1
  let own: (KafkaProducer & { close(): Promise<unknown> }) | undefined
  return {
    name: options.name ?? 'kafka',
    limits: { maxBytes: maxRequestBytes },
    async open() {
      if (options.producer === undefined) own ??= await createProducer(options.connect)
    },
    async send(batch) {
      const producer = options.producer ?? own
      if (producer === undefined) return { status: 'retry', blame: 'destination' }
      try {
        await producer.send({ messages: messagesOf(batch, typeof topic === 'function' ? topic(batch) : topic), acks })
        return { status: 'delivered' }
      } catch (cause) {
        return outcomeOfError(cause)
      }
    },
    async close() {
      await own?.close().catch(() => undefined)
    },
  }
}

async function createProducer(
  connect: KafkaTransportOptions['connect'],
): Promise<KafkaProducer & { close(): Promise<unknown> }> {
  const { Producer } = await loadPeer('@platformatic/kafka', () => import('@platformatic/kafka'))
  const base = { clientId: 'evenkeel-batch', bootstrapBrokers: [] as string[], retries: 0 }
  const producer = new Producer<Buffer, Buffer, Buffer, Buffer>({ ...base, ...connect })
  return producer as unknown as KafkaProducer & { close(): Promise<unknown> }
}

const idHeader = Buffer.from('id')

function messagesOf(batch: SealedBatch, topic: string): KafkaMessage[] {
  const key = batch.key === undefined ? {} : { key: Buffer.from(batch.key) }
  return Array.from({ length: batch.count }, (_, index) => {
    const event = batch.at(index)
    const value = Buffer.from(event.buffer, event.byteOffset, event.length)
    return { topic, ...key, value, headers: new Map([[idHeader, Buffer.from(batch.idAt(index))]]) }
  })
}

const tooLarge: readonly string[] = ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE']
const permanent: readonly string[] = [
  'INVALID_TOPIC_EXCEPTION',
  'INVALID_RECORD',
  'CORRUPT_MESSAGE',
  'UNSUPPORTED_FOR_MESSAGE_FORMAT',
]

/** A failed send names its causes in nested errors, each with the id of the protocol error. */
function outcomeOfError(cause: unknown): SendOutcome {
  const ids = protocolErrors(cause)
  if (ids.some((id) => tooLarge.includes(id))) return { status: 'too_large', cause }
  if (ids.some((id) => permanent.includes(id))) return { status: 'rejected', cause, divisible: true }
  return { status: 'retry', blame: 'destination', cause }
}

function protocolErrors(cause: unknown): string[] {
  if (typeof cause !== 'object' || cause === null) return []
  const { apiId, errors = [], cause: inner } = cause as { apiId?: unknown; errors?: unknown[]; cause?: unknown }
  const own = typeof apiId === 'string' ? [apiId] : []
  return [...own, ...errors.flatMap((each) => protocolErrors(each)), ...protocolErrors(inner)]
}
