import assert from 'node:assert/strict'
import { Bench, endOf } from './bench.ts'
import type { Check } from './subject.ts'

const values: readonly unknown[] = [
  null,
  true,
  0,
  -1.5e300,
  2 ** 53,
  '',
  [],
  {},
  [[1, [2, [3]]], { a: { b: { c: null } } }],
  JSON.parse('{"__proto__": 1, "constructor": 2, "": 3}'),
  Array.from({ length: 1_000 }, (_, index) => ({ index, text: `row ${index}` })),
  'grüße 🙂 \u2028\u2029 \u0000 \ud800 </script>',
]

const largeCharacters = 10 * 1024 * 1024

/** Programs that behave: values in and out, errors, console, calls, many at a time. */
export const programChecks: readonly Check[] = [
  {
    topic: 'values',
    title: 'every kind of value comes back as it went in',
    async run(subject) {
      await using bench = await Bench.open(subject)
      for (const input of values) assert.deepEqual(await bench.valueOf('echo', { input }), input)
    },
  },
  {
    topic: 'values',
    title: '10 MB go in and come out',
    async run(subject) {
      await using bench = await Bench.open(subject, { maxMemoryMb: 256 })
      const limits = { memoryMb: 256, outputBytes: 2 * largeCharacters }
      const input = 'üx'.repeat(largeCharacters / 4) + 'y'.repeat(largeCharacters / 2)
      assert.ok((await bench.valueOf('echo', { input, limits })) === input)
    },
  },
  {
    topic: 'errors',
    title: 'an error of the program has its class, message and position, and costs no host',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const pids = bench.pool.hostPids()
      const { outcome } = await bench.run('fail')
      assert.ok(outcome.status === 'failed', endOf(outcome))
      const { kind, type, message, line, column } = outcome.error
      assert.deepEqual({ kind, type, message }, { kind: 'thrown', type: 'RangeError', message: 'refused: ü' })
      assert.ok(Number(line) >= 1 && Number(column) >= 1, `line ${line}, column ${column}`)
      await bench.stillAnswers()
      assert.deepEqual(bench.pool.hostPids(), pids)
    },
  },
  {
    topic: 'errors',
    title: 'a result that cannot be sent is an error of the program',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const { outcome } = await bench.run('unsendable')
      assert.ok(outcome.status === 'failed' && outcome.error.kind === 'result', JSON.stringify(outcome))
      await bench.stillAnswers()
    },
  },
  {
    topic: 'logs',
    title: 'console text is in the report, with its level',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const { logs, logsTruncated } = await bench.run('log')
      const told = logs.map(({ level, message }) => [level, message])
      assert.deepEqual(told, [
        ['log', 'one'],
        ['error', 'two'],
      ])
      assert.equal(logsTruncated, false)
    },
  },
  {
    topic: 'logs',
    title: 'a flood of console text is cut at its limit, and the report says so',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const { outcome, logs, logsTruncated } = await bench.run('logFlood', { limits: { logBytes: 5_000 } })
      assert.equal(endOf(outcome), 'ok')
      assert.equal(logsTruncated, true)
      const characters = logs.reduce((sum, { message }) => sum + message.length, 0)
      assert.ok(characters > 1_000 && characters <= 5_000, `${characters} characters`)
    },
  },
  {
    topic: 'calls',
    title: 'a call reaches the service, its answer the program, and the limit counts',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const calls: unknown[] = []
      const onCall: NonNullable<Parameters<typeof bench.run>[1]>['onCall'] = async (call) => {
        calls.push([call.name, call.meta, call.body.byteLength])
        return { meta: { answer: call.meta }, body: new Uint8Array(0) }
      }
      assert.deepEqual(await bench.valueOf('call', { input: 'ü', onCall }), { answer: 'ü' })
      assert.deepEqual(calls, [['echo', 'ü', 3]])
      const { outcome } = await bench.run('call', { onCall, limits: { hostCalls: 0 } })
      assert.equal(endOf(outcome), 'failed')
      await bench.stillAnswers()
    },
  },
  {
    topic: 'parking',
    title: 'a program that waits does not keep others from running',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const controller = new AbortController()
      const waiting = bench.run('wait', { input: 600_000, signal: controller.signal, limits: { wallMs: 600_000 } })
      await bench.stillAnswers()
      await bench.stillAnswers()
      controller.abort()
      assert.equal(endOf((await waiting).outcome), 'ended:cancelled')
      assert.equal(await bench.valueOf('wait', { input: 5 }), 'waited')
    },
  },
  {
    topic: 'concurrency',
    title: 'many runs of several tenants at one time get their own answers',
    async run(subject) {
      await using bench = await Bench.open(subject)
      const inputs = Array.from({ length: 60 }, (_, index) => ({ index }))
      const answers = await Promise.all(
        inputs.map((input) => bench.valueOf('echo', { input, tenant: `tenant ${input.index % 7}` })),
      )
      assert.deepEqual(answers, inputs)
    },
  },
]
