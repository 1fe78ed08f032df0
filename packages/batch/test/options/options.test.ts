import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import { BatchError } from '../../src/errors/batch-error.ts'
import { ScriptedTransport } from '../../src/conformance/scripted-transport.ts'
import type { BatchOptions } from '../../src/options/options.ts'

const transport = new ScriptedTransport()

const wrong: readonly (readonly [options: object, message: RegExp])[] = [
  [{}, /"transport" must be an object with "name" and "send", got undefined/],
  [{ transport: [] }, /"transport" must be a transport or a list of at least one/],
  [{ transport: { send: async () => ({ status: 'delivered' }) } }, /"transport.name"/],
  [{ transport: { name: 'has space', send: async () => ({ status: 'delivered' }) } }, /"transport.name"/],
  [{ transport: [transport, transport] }, /different names, got "scripted"/],
  [{ transport: [transport, { transport, inFligt: 2 }] }, /"transport\[1\].inFligt" is not known/],
  [{ transport, batchSize: 10 }, /"batchSize" is not known, expected one of transport, batch/],
  [{ transport, batch: { maxEvents: 0 } }, /"batch.maxEvents" must be an integer of at least 1, got 0 \(number\)/],
  [{ transport, batch: { maxEvents: '10' } }, /"batch.maxEvents" .* got "10" \(string\)/],
  [{ transport, batch: { maxAge: 10 } }, /"batch.maxAge" is not known/],
  [{ transport, batch: 5 }, /"batch" must be an object, got 5/],
  [{ transport, batch: { maxAgeMs: Number.NaN } }, /"batch.maxAgeMs" must be a number of milliseconds/],
  [{ transport, buffer: { maxEvents: 10 } }, /"buffer.maxEvents" must be an integer of at least 1000/],
  [{ transport, buffer: { whenFull: 'explode' } }, /"buffer.whenFull" must be one of "block"/],
  [{ transport, buffer: { whenFull: 'spill' } }, /"buffer.whenFull" must be another policy without "spill"/],
  [{ transport, inFlight: 0 }, /"inFlight"/],
  [{ transport, inFlight: { min: 5, max: 2 } }, /"inFlight.max" must be an integer of at least 5/],
  [{ transport, ordering: 'total' }, /"ordering"/],
  [{ transport, retry: { jitter: 'some' } }, /"retry.jitter"/],
  [
    { transport, retry: { retryAfter: { jitterRatio: 2 } } },
    /"retry.retryAfter.jitterRatio" must be a number from 0 to 1/,
  ],
  [{ transport, spill: { folder: '' } }, /"spill.folder"/],
  [{ transport, spill: { folder: 'x', fsync: 'always' } }, /"spill.fsync"/],
  [{ transport, sample: 2 }, /"sample"/],
  [{ transport, encode: 'json' }, /"encode" must be a function/],
  [{ transport, exit: 'always' }, /"exit"/],
  [{ transport, closeDeadlineMs: -1 }, /"closeDeadlineMs"/],
]

for (const [options, message] of wrong) {
  test(`refused: ${message.source}`, () => {
    assert.throws(
      () => new BatchProcessor(options as BatchOptions<unknown>),
      (error: unknown) => {
        assert.ok(error instanceof BatchError)
        assert.deepEqual([error.code, error.fault], ['EK_BATCH_OPTION', 'caller'])
        assert.match(error.message, message)
        return true
      },
    )
  })
}

test('what a transport takes limits what is configured', async () => {
  const narrow = new ScriptedTransport(undefined, { limits: { maxEvents: 3 } })
  const batch = new BatchProcessor({ transport: narrow, exit: 'none' })
  batch.addMany([1, 2, 3, 4])
  await batch.close()
  assert.deepEqual(
    narrow.attempts.map(({ events }) => events.length),
    [3, 1],
  )
})

test('sampling takes its share, and counts the rest', async () => {
  const sink = new ScriptedTransport()
  const batch = new BatchProcessor<number>({ transport: sink, exit: 'none', sample: (n) => n % 4 === 0 })
  const results = batch.addMany(Array.from({ length: 100 }, (_, n) => n))
  await batch.close()
  assert.deepEqual([results.accepted, results.sampled, sink.delivered.length], [25, 75, 25])
})

test('an error is recognised across copies of the package', () => {
  const foreign = Object.assign(new Error('from elsewhere'), { [Symbol.for('@evenkeel/batch:error')]: true })
  assert.ok(foreign instanceof BatchError)
  assert.equal(new Error('x') instanceof BatchError, false)
})
