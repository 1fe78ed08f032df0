import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetter } from '../../src/options/options.ts'
import type { Attempt } from '../../src/conformance/scripted-transport.ts'
import { assertBalanced, numbered, numbersOf, onBench, type Numbered } from '../helpers/bench.ts'

function collecting(): {
  readonly letters: DeadLetter[]
  readonly deadLetter: (letters: readonly DeadLetter[]) => void
} {
  const letters: DeadLetter[] = []
  return { letters, deadLetter: (list) => void letters.push(...list) }
}

const textOf = ({ data }: DeadLetter): string => Buffer.from(data).toString()

test('a rejected batch is not sent again: its events become dead letters with the status and the cause', async () => {
  const { letters, deadLetter } = collecting()
  const cause = new Error('unknown route')
  const { batch, sink, clock } = onBench({ deadLetter, reply: () => ({ status: 'rejected', statusCode: 404, cause }) })
  batch.addMany(numbered(3))
  const flushed = batch.flush()
  await clock.advance(0)
  assert.equal((await flushed).deadLettered, 3)
  assert.equal(sink.attempts.length, 1)
  assert.deepEqual(letters.map(textOf), ['{"n":0}', '{"n":1}', '{"n":2}'])
  const [letter] = letters
  assert.deepEqual([letter?.reason, letter?.statusCode, letter?.cause], ['rejected', 404, cause])
  assert.equal(letter?.id, `${letter?.batchId}-0`)
  assertBalanced(batch.stats())
  await batch.close()
})

test('without a handler rejected events are counted as dropped', async () => {
  const { batch, clock } = onBench({ reply: () => ({ status: 'rejected' }) })
  batch.addMany(numbered(3))
  await clock.advance(1000)
  assert.equal(batch.stats().dropped.rejected, 3)
  await batch.close()
})

test('a letter box that fails is counted, and nothing is thrown into the application', async () => {
  const { batch, clock } = onBench({
    reply: () => ({ status: 'rejected' }),
    deadLetter: () => Promise.reject(new Error('full')),
  })
  batch.addMany(numbered(3))
  await clock.advance(1000)
  assert.equal(batch.stats().dropped.dead_letter_failed, 3)
  assertBalanced(batch.stats())
  await batch.close()
})

test('a divisible rejection is split until the one culprit is found', async () => {
  const { letters, deadLetter } = collecting()
  const { batch, sink, clock } = onBench({
    deadLetter,
    reply: (attempt) =>
      hasPoison(attempt) ? { status: 'rejected', divisible: true, statusCode: 400 } : { status: 'delivered' },
  })
  batch.addMany(numbered(1000))
  await clock.advance(1000)
  assert.deepEqual(letters.map(textOf), ['{"n":137}'])
  assert.equal(sink.delivered.length, 999)
  assert.ok(sink.attempts.length <= 1 + 2 * 10, `${sink.attempts.length} attempts`)
  assertBalanced(batch.stats())
  await batch.close()
})

test('a batch that is too large is split, a single event that is becomes a dead letter, and the limit recovers', async () => {
  const { letters, deadLetter } = collecting()
  const takes = 200
  const { batch, sink, clock } = onBench<{ n: number; filler: string }>({
    deadLetter,
    batch: { maxEvents: 100, maxBytes: 4000 },
    reply: ({ bytes }) => (bytes > takes ? { status: 'too_large', statusCode: 413 } : { status: 'delivered' }),
  })
  for (let n = 0; n < 300; n += 1) batch.add({ n, filler: n === 50 ? 'x'.repeat(500) : '' })
  await clock.advance(5000)
  assert.equal(letters.length, 1)
  assert.deepEqual([letters[0]?.reason, letters[0]?.statusCode], ['too_large', 413])
  assert.equal(sink.delivered.length, 299)
  const before = sink.attempts.length
  for (let n = 0; n < 100; n += 1) {
    batch.add({ n, filler: '' })
    await clock.advance(0)
  }
  await clock.advance(2000)
  const learnt = sink.attempts.slice(before).filter(({ bytes }) => bytes > takes)
  assert.ok(learnt.length <= 3, `${learnt.length} refusals after the limit was learnt`)
  sink.reply = () => ({ status: 'delivered' })
  for (let n = 0; n < 4000; n += 1) {
    batch.add({ n, filler: '' })
    await clock.advance(0)
  }
  await clock.advance(5000)
  assert.ok(
    sink.attempts.slice(-3).some(({ events }) => events.length === 100),
    'batches are full again',
  )
  assertBalanced(batch.stats())
  await batch.close()
})

test('partial success: only the failed events are sent again, under their own ids, in their order', async () => {
  const { letters, deadLetter } = collecting()
  const seen: Attempt[] = []
  const { batch, sink, clock } = onBench({
    deadLetter,
    key: () => 'k',
    ordering: 'per-key',
    id: ({ n }: Numbered) => `event-${n}`,
    batch: { maxEvents: 10 },
    reply: (attempt) => {
      seen.push(attempt)
      if (seen.length > 1) return { status: 'delivered' }
      const failed = [2, 5, 7].map((index) => ({ index, retryable: index !== 5, reason: `no ${index}` }))
      return { status: 'partial', failed: [...failed, { index: 99, retryable: true, reason: 'out of range' }] }
    },
  })
  batch.addMany(numbered(20))
  await clock.advance(5000)
  assert.deepEqual(seen.map(({ ids }) => ids)[1], ['event-2', 'event-7'])
  assert.deepEqual(
    letters.map(({ id, cause }) => [id, cause]),
    [['event-5', 'no 5']],
  )
  assert.deepEqual(numbersOf(sink.delivered), [0, 1, 3, 4, 6, 8, 9, 2, 7, ...numbered(10, 10).map(({ n }) => n)])
  assert.equal(new Set(sink.delivered).size, 19)
  assertBalanced(batch.stats())
  await batch.close()
})

test('a batch that fails for too long is given up as expired', async () => {
  const { letters, deadLetter } = collecting()
  const { batch, clock } = onBench({ deadLetter, retry: { maxElapsedMs: 5000 }, reply: () => ({ status: 'retry' }) })
  batch.add({ n: 1 })
  await clock.advance(30_000)
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['expired'],
  )
  assert.ok((letters[0]?.attempts ?? 0) > 1)
  await batch.close()
})

function hasPoison({ events }: Attempt): boolean {
  return events.includes('{"n":137}')
}
