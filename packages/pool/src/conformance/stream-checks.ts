import assert from 'node:assert/strict'
import type { StreamItem } from '../contract/streams.ts'
import type { AnsweredRun } from '../pool/stream-run.ts'
import { Bench, endOf, type RequestFields } from './bench.ts'
import type { Behaviour, Check } from './subject.ts'

const fountainChunkBytes = 16 * 1024

/** Bodies and answers that flow: fidelity, boundaries, backpressure both ways, breaking off. */
export const streamChecks: readonly Check[] = [
  {
    topic: 'streams',
    title: 'head and body go in and come out, small and large',
    async run(subject) {
      await using bench = await Bench.open(subject)
      for (const bytes of [0, 1, 70_000, 10 * 1024 * 1024]) {
        const body = Buffer.alloc(bytes, 'evenkeel ')
        const run = await opened(bench, 'streamEcho', { input: { bytes }, body })
        assert.deepEqual(run.head, { bytes })
        assert.ok(Buffer.concat((await itemsOf(run)).map((item) => Buffer.from(item))).equals(body))
        assert.equal(endOf((await run.done).outcome), 'ok')
      }
    },
  },
  {
    topic: 'streams',
    title: 'messages keep their kind and their boundaries',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const sent = ['', 'ü', Buffer.alloc(0), Buffer.from([0, 255]), 'x'.repeat(200_000), Buffer.alloc(400_000, 1)]
      const run = await opened(bench, 'messageEcho', { body: eachOf(sent), messages: true })
      const received = await itemsOf(run)
      assert.deepEqual(
        received.map((item) => [typeof item, item.length]),
        sent.map((item) => [typeof item, item.length]),
      )
    },
  },
  {
    topic: 'streams',
    title: 'an answer that nobody reads ends at the wall limit, and costs its host nothing',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const pids = bench.pool.hostPids()
      const run = await opened(bench, 'fountain', { input: 1_000_000, limits: { wallMs: 500 } })
      assert.equal(endOf((await run.done).outcome), 'ended:wall')
      await assert.rejects(itemsOf(run), { code: 'EK_POOL_STREAM_RESET' })
      assert.deepEqual(bench.pool.hostPids(), pids)
    },
  },
  {
    topic: 'streams',
    title: 'a body is pulled no faster than the program reads',
    async run(subject) {
      await using bench = await Bench.open(subject)
      let pulledBytes = 0
      async function* source(): AsyncGenerator<StreamItem> {
        for (;;) {
          pulledBytes += fountainChunkBytes
          yield Buffer.alloc(fountainChunkBytes)
        }
      }
      // Its answer is not read, so it stops writing, and then reading.
      const run = await opened(bench, 'streamEcho', { body: source(), limits: { wallMs: 500 } })
      assert.equal(endOf((await run.done).outcome), 'ended:wall')
      assert.ok(pulledBytes < 1024 * 1024, `${pulledBytes} bytes were pulled`)
    },
  },
  {
    topic: 'streams',
    title: 'a reader that goes away ends the run',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const run = await opened(bench, 'fountain', { input: 1_000_000 })
      await run.body.next()
      await run[Symbol.asyncDispose]()
      assert.equal(endOf((await run.done).outcome), 'ended:cancelled')
      await bench.stillAnswers()
    },
  },
]

async function opened(bench: Bench, behaviour: Behaviour, fields: RequestFields): Promise<AnsweredRun> {
  const run = await bench.pool.open(bench.request(behaviour, fields))
  if (run.status !== 'answered') throw new Error(`no answer: ${JSON.stringify(run.report.outcome)}`)
  return run
}

async function itemsOf({ body }: AnsweredRun): Promise<StreamItem[]> {
  const items: StreamItem[] = []
  for await (const item of body) items.push(item)
  return items
}

async function* eachOf(items: readonly StreamItem[]): AsyncGenerator<StreamItem> {
  yield* items
}
