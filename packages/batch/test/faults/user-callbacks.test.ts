import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { BatchProcessor } from '../../src/processor/batch-processor.ts'
import type { SendOutcome } from '../../src/transport/transport.ts'
import { assertBalanced, numbered, onBench } from '../helpers/bench.ts'

test('callbacks that throw are shown as warnings, and delivery goes on', async () => {
  const warned = once(process, 'warning')
  const { batch, sink, clock } = onBench({
    reply: ({ attempt }) => ({ status: attempt === 1 ? 'retry' : 'delivered' }),
    onStateChange: () => {
      throw new Error('a bug of the user')
    },
  })
  batch.listen(() => {
    throw new Error('another')
  })
  batch.addMany(numbered(5))
  await clock.advance(60_000)
  assert.equal(sink.delivered.length, 5)
  assertBalanced(batch.stats())
  const [warning] = (await warned) as [Error]
  assert.match(warning.message, /threw/)
  await batch.close()
})

test('a transport that answers nonsense, throws at once or rejects is asked again', async () => {
  const answers: (() => Promise<SendOutcome>)[] = [
    () => Promise.resolve(undefined as never),
    () => Promise.resolve({ status: 'maybe' } as never),
    () => Promise.reject(new Error('rejects')),
    () => {
      throw new Error('throws at once')
    },
  ]
  const { batch, clock } = onBench({
    transport: { name: 'odd', send: () => (answers.shift() ?? (async () => ({ status: 'delivered' }) as const))() },
  })
  batch.addMany(numbered(5))
  await clock.advance(60_000)
  assert.equal(batch.stats().delivered, 5)
  assertBalanced(batch.stats())
  await batch.close()
})

test('open is called again after a failure, and a transport that cannot be opened delays and loses nothing', async () => {
  let opened = 0
  const batch = new BatchProcessor<number>({
    exit: 'none',
    retry: { baseMs: 1, capMs: 2 },
    transport: {
      name: 'opens-late',
      async open() {
        opened += 1
        if (opened < 4) throw new Error('not yet')
      },
      send: async () => ({ status: 'delivered' }),
    },
  })
  batch.add(1)
  assert.equal((await batch.close()).delivered, 1)
  assert.equal(opened, 4)
})
