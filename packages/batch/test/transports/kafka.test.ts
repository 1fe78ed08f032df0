import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError, MultipleErrors, Producer } from '@platformatic/kafka'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { kafkaTransport, type KafkaMessage, type KafkaProducer } from '../../src/kafka/kafka-transport.ts'
import type { DeadLetter } from '../../src/options/options.ts'
import { numbered, type Numbered } from '../helpers/bench.ts'

/** The part of a producer that is used, taking or refusing messages as a broker would; the errors are those of the real client. */
class TestProducer implements KafkaProducer {
  readonly messages: KafkaMessage[] = []
  readonly failures: Error[] = []
  refuse: (messages: readonly KafkaMessage[]) => Error | undefined = () => undefined

  async send(options: { readonly messages: KafkaMessage[]; readonly acks: number }): Promise<unknown> {
    assert.equal(options.acks, -1)
    const failure = this.failures.shift() ?? this.refuse(options.messages)
    if (failure !== undefined) throw failure
    this.messages.push(...options.messages)
    return {}
  }
}

const wrapped = (id: string): Error => new MultipleErrors('Producing failed', [new ProtocolError(id)])

test('an event is one message: key, value, and its id as a header', async () => {
  const { batch, producer } = setUp()
  batch.add({ n: 1 })
  await batch.close()
  const [message] = producer.messages
  assert.deepEqual([message?.topic, message?.key?.toString(), message?.value.toString()], ['events', '1', '{"n":1}'])
  const [[name, id] = []] = [...(message?.headers ?? [])]
  assert.equal(name?.toString(), 'id')
  assert.match(id?.toString() ?? '', /-0$/)
})

test('a broker without a leader is asked again; a message that is too large becomes a dead letter', async () => {
  const { batch, producer, letters } = setUp()
  producer.failures.push(wrapped('NOT_LEADER_OR_FOLLOWER'))
  producer.refuse = (messages) =>
    messages.some(({ value }) => value.toString() === '{"n":3}') ? wrapped('MESSAGE_TOO_LARGE') : undefined
  batch.addMany(numbered(4))
  await batch.close()
  assert.equal(producer.messages.length, 3)
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['too_large'],
  )
})

test('a broker that cannot be reached fails the send and nothing else, with the real client', async () => {
  const transport = kafkaTransport({
    topic: 'events',
    connect: { clientId: 'test', bootstrapBrokers: ['127.0.0.1:9'], connectTimeout: 200 },
  })
  const batch = new BatchProcessor({ transport, exit: 'none' })
  batch.addMany(numbered(3))
  const report = await batch.close({ deadlineMs: 500 })
  assert.deepEqual([report.status, report.dropped.closed + report.dropped.abandoned], ['deadline', 3])
})

test('the real producer has the interface that is used here', () => {
  assert.equal(typeof Producer.prototype.send, 'function')
  assert.equal(typeof Producer.prototype.close, 'function')
})

function setUp(): {
  readonly batch: BatchProcessor<Numbered>
  readonly producer: TestProducer
  readonly letters: DeadLetter[]
} {
  const producer = new TestProducer()
  const letters: DeadLetter[] = []
  const batch = new BatchProcessor<Numbered>({
    transport: kafkaTransport({ producer, topic: 'events' }),
    key: ({ n }) => String(n),
    exit: 'none',
    retry: { baseMs: 1, capMs: 5 },
    deadLetter: (list) => void letters.push(...list),
  })
  return { batch, producer, letters }
}
