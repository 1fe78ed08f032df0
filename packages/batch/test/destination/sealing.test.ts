import assert from 'node:assert/strict'
import { test } from 'node:test'
import { numbered, onBench } from '../helpers/bench.ts'

test('a batch is sealed at exactly maxEvents, without waiting for its age', async () => {
  const { batch, sink, clock } = onBench({ batch: { maxEvents: 3 } })
  batch.addMany(numbered(7))
  await clock.advance(0)
  assert.deepEqual(
    sink.attempts.map(({ events }) => events.length),
    [3, 3],
  )
  assert.equal(batch.stats().buffered, 1)
  await batch.close()
})

test('a batch is sealed when it has exactly maxBytes, and before an event that would exceed them', async () => {
  const { batch, sink, clock } = onBench<string>({ batch: { maxBytes: 20 } })
  batch.add('12345678') // 10 characters as JSON, 11 bytes with its separator
  batch.add('123456') // 9 bytes: 20 together
  await clock.advance(0)
  assert.deepEqual(
    sink.attempts.map(({ bytes }) => bytes),
    [20],
  )
  batch.add('12345678')
  batch.add('1234567') // 10 bytes: 21 together
  await clock.advance(0)
  assert.deepEqual(
    sink.attempts.map(({ bytes }) => bytes),
    [20, 11],
  )
  await batch.close()
})

test('the counted bytes are the bytes of the body, for any text', async () => {
  const texts = [
    'plain',
    'ümläut',
    '日本語',
    '🎈🎈',
    '\ud800',
    '"quoted"\\',
    '\n\r\t\u0000',
    'i'.repeat(300),
    'ß'.repeat(300),
  ]
  const { batch, sink } = onBench<unknown>({ batch: { maxEvents: 5, maxBytes: 700 } })
  for (let round = 0; round < 40; round += 1) {
    for (const [index, text] of texts.entries())
      batch.add({ text, round, deep: { list: [index, text.slice(0, round)] } })
  }
  await batch.close()
  assert.ok(sink.attempts.length > 70)
  for (const { bytes, body, events } of sink.attempts) {
    assert.equal(bytes, Buffer.byteLength(body))
    assert.equal(body, events.map((event) => `${event}\n`).join(''))
    assert.ok(bytes <= 700)
  }
})

test('age is counted from the oldest event: a trickle does not push the send back', async () => {
  const { batch, sink, clock } = onBench({ batch: { maxAgeMs: 500 } })
  const sentAt: number[] = []
  sink.reply = () => {
    sentAt.push(clock.now())
    return { status: 'delivered' }
  }
  for (let n = 0; n < 30; n += 1) {
    batch.add({ n })
    await clock.advance(100)
  }
  assert.deepEqual(sentAt.slice(0, 3), [500, 1000, 1500])
  await batch.close()
})

test('each key has batches of its own, each with its own age', async () => {
  const { batch, sink, clock } = onBench<{ tenant: string }>({ key: ({ tenant }) => tenant, batch: { maxAgeMs: 100 } })
  batch.add({ tenant: 'a' })
  await clock.advance(60)
  batch.add({ tenant: 'b' })
  await clock.advance(40)
  assert.deepEqual(
    sink.attempts.map(({ key }) => key),
    ['a'],
  )
  await clock.advance(60)
  assert.deepEqual(
    sink.attempts.map(({ key, events }) => [key, events.length]),
    [
      ['a', 1],
      ['b', 1],
    ],
  )
  await batch.close()
})

test('a hundred thousand keys: memory follows the events, not the keys', async () => {
  const { batch, clock } = onBench<{ key: string }>({ key: ({ key }) => key, batch: { maxAgeMs: 10 } })
  const before = process.memoryUsage().arrayBuffers
  for (let n = 0; n < 100_000; n += 1) assert.equal(batch.add({ key: `key-${n}` }), 'accepted')
  assert.equal(batch.add({ key: 'one more' }), 'full')
  const grownMb = (process.memoryUsage().arrayBuffers - before) / 1024 / 1024
  assert.ok(grownMb < 40, `${grownMb} MB of buffers`)
  batch.pause()
  const closing = batch.close({ deadlineMs: 0, leftovers: 'drop' })
  await clock.advance(2000)
  assert.equal((await closing).dropped.closed, 100_000)
})
