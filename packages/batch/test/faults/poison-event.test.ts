import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetter } from '../../src/options/options.ts'
import { assertBalanced, onBench } from '../helpers/bench.ts'

const circular: Record<string, unknown> = {}
circular['self'] = circular

const poisons: Readonly<Record<string, unknown>> = {
  'a BigInt': { value: 1n },
  'a circle': circular,
  'a getter that throws': {
    get value() {
      throw new Error('no')
    },
  },
  'a toJSON that throws': {
    toJSON() {
      throw new Error('no')
    },
  },
  undefined: undefined,
  'a function': () => 1,
  'a symbol': Symbol('s'),
  'a toJSON that returns undefined': { toJSON: () => undefined },
}

for (const [name, poison] of Object.entries(poisons)) {
  test(`${name} is refused and reported; its nine neighbours are delivered`, async () => {
    const letters: DeadLetter[] = []
    const { batch, sink } = onBench<unknown>({ deadLetter: (list) => void letters.push(...list) })
    for (let n = 0; n < 10; n += 1) {
      const result = batch.add(n === 4 ? poison : { n })
      assert.equal(result, n === 4 ? 'encode_error' : 'accepted')
    }
    await batch.flush()
    assert.equal(sink.delivered.length, 9)
    assert.deepEqual(
      letters.map(({ reason, event }) => [reason, event]),
      [['encode_error', poison]],
    )
    assert.ok(letters[0]?.cause instanceof Error)
    assert.equal(batch.stats().refused.encode_error, 1)
    assertBalanced(batch.stats())
    await batch.close()
  })
}

test('a key or id function that throws refuses its event only', async () => {
  const { batch, sink } = onBench<{ n?: number }>({ key: ({ n }) => (n as number).toFixed(0) })
  assert.equal(batch.add({}), 'encode_error')
  assert.equal(batch.add({ n: 1 }), 'accepted')
  await batch.close()
  assert.equal(sink.delivered.length, 1)
})

test('an event larger than a batch is refused at once and blocks nothing', async () => {
  const letters: DeadLetter[] = []
  const { batch, sink } = onBench<string>({
    batch: { maxBytes: 100 },
    deadLetter: (list) => void letters.push(...list),
  })
  assert.equal(batch.add('x'.repeat(97)), 'accepted', '100 bytes with quotes and separator')
  assert.equal(batch.add('x'.repeat(98)), 'too_large')
  assert.equal(await batch.offer('x'.repeat(98)), 'too_large')
  assert.equal(batch.add('y'), 'accepted')
  await batch.close()
  assert.deepEqual(sink.delivered, [`"${'x'.repeat(97)}"`, '"y"'])
  assert.deepEqual(
    letters.map(({ reason }) => reason),
    ['too_large', 'too_large'],
  )
})

test('what happens to an object after add changes nothing', async () => {
  const { batch, sink } = onBench<{ state: string }>()
  const event = { state: 'at add' }
  batch.add(event)
  event.state = 'later'
  await batch.close()
  assert.deepEqual(sink.delivered, ['{"state":"at add"}'])
})

test('binary events pass through unchanged; a newline is refused where it would split an event', async () => {
  const bytes = new Uint8Array([0, 255, 10, 13])
  const binary = onBench<Uint8Array>({ encode: (event) => event })
  const sent: Uint8Array[] = []
  const send = binary.sink.send.bind(binary.sink)
  binary.sink.send = (batch, context) => {
    sent.push(Uint8Array.from(batch.at(0)))
    return send(batch, context)
  }
  assert.equal(binary.batch.add(bytes), 'accepted')
  await binary.batch.close()
  assert.deepEqual(sent, [bytes])
  const lines = onBench<string>({ encode: (event) => event, transport: { name: 'lines', framing: 'lines', send } })
  assert.equal(lines.batch.add('two\nlines'), 'encode_error')
  await lines.batch.close()
})
