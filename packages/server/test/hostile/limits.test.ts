/** Every way to outstay a limit ends within the limit + 300 ms, with the right reason, and the next request is answered. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { slackMs } from '../support/slack.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 2 } })
})
after(() => server[Symbol.asyncDispose]())

const wallMs = 400

const loops: Readonly<Record<string, string>> = {
  'sync loop': 'for (;;);',
  'promise loop': 'for (;;) await null',
  'microtask recursion':
    'const again = () => queueMicrotask(again); again(); await new Promise((r) => setTimeout(r, 1e6))',
  'timer chain': 'const again = () => setTimeout(again, 0); again(); await new Promise(() => {})',
  'interval of zero': 'setInterval(() => {}, 0); await new Promise(() => {})',
  'getter of a thrown value': 'throw { get message() { for (;;); } }',
  'toJSON loop': 'return { toJSON() { for (;;); } }',
  'proxy trap loop': 'return new Proxy({}, { ownKeys() { for (;;); } })',
  'comparator loop': '[1, 2].sort(() => { for (;;); }); return 1',
  'generator loop': 'function* g() { for (;;) yield 1 } for (const x of g()); return 1',
  'BigInt, which V8 cannot interrupt': 'let x = 3n; for (;;) x = x * x',
  'catastrophic regular expression': 'return /^(?=a)(a+)+$/.test("a".repeat(40) + "!")',
  'awaiting a far timer': 'await new Promise((r) => setTimeout(r, 1e6)); return 1',
}

for (const [name, code] of Object.entries(loops)) {
  test(`${name} ends as TimeoutError`, async () => {
    const { status, body, elapsedMs } = await server.run(code, { limits: { wallMs } })
    assert.equal(body.error?.type, 'TimeoutError', JSON.stringify(body))
    assert.equal(status, 504)
    assert.equal(body.error?.fault, 'caller')
    assert.ok(elapsedMs < wallMs + slackMs(), `${elapsedMs} ms`)
    assert.equal((await server.run('return 1')).body.result, 1)
  })
}

test('a run that had to be killed still says what it used', async () => {
  const { body } = await server.run('let x = 3n; for (;;) x = x * x', { limits: { wallMs } })
  assert.ok((body.usage?.cpuMs ?? 0) > 0, JSON.stringify(body.usage))
})

test('processor time has its own limit and reason', async () => {
  const { status, body } = await server.run('for (;;);', { limits: { wallMs: 5_000, cpuMs: 200 } })
  assert.deepEqual([status, body.error?.type], [504, 'CpuLimitError'])
})

test('waiting costs no processor time', async () => {
  const { body } = await server.run('await new Promise((r) => setTimeout(r, 300)); return 1', {
    limits: { wallMs: 5_000, cpuMs: 200 },
  })
  assert.equal(body.result, 1)
})

test('Array fill, which V8 cannot interrupt, ends by time or by memory, whichever is over first', async () => {
  const { body, elapsedMs } = await server.run('Array(2 ** 32 - 1).fill(0); return 1', { limits: { wallMs } })
  assert.ok(['TimeoutError', 'MemoryLimitError'].includes(body.error?.type ?? ''), JSON.stringify(body))
  assert.ok(elapsedMs < wallMs + slackMs(), `${elapsedMs} ms`)
  assert.equal((await server.run('return 1')).body.result, 1)
})

const bombs: Readonly<Record<string, string>> = {
  'array growth': 'const a = []; for (;;) a.push([a, a, a])',
  'map growth': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
  'string doubling':
    'const all = []; for (;;) { let s = "x"; for (let i = 0; i < 26; i++) s += s; all.push(s.replace(/x/g, "yy")) }',
}
for (const [name, code] of Object.entries(bombs)) {
  test(`${name} ends as MemoryLimitError or RangeError`, async () => {
    const { body, status } = await server.run(code, { limits: { wallMs: 30_000, cpuMs: 8_000 } })
    assert.ok(['MemoryLimitError', 'RangeError'].includes(body.error?.type ?? ''), JSON.stringify(body))
    assert.ok(status === 507 || status === 422)
    assert.equal((await server.run('return 1')).body.result, 1)
  })
}

test('memory outside the heap cannot be had', async () => {
  const { body } = await server.run(`
    const types = [typeof WebAssembly, typeof SharedArrayBuffer, typeof Atomics]
    const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 30 })
    return [...types, typeof buffer.resize, buffer.byteLength, buffer.constructor === ArrayBuffer]`)
  assert.deepEqual(body.result, ['undefined', 'undefined', 'undefined', 'undefined', 8, true])
})

test('code from strings is refused by every path', async () => {
  const paths = [
    'return eval("1")',
    'return Function("return 1")()',
    'return new Function("return 1")()',
    'return ({}).constructor.constructor("return 1")()',
    'return (async () => {}).constructor("return 1")()',
    'return (function* () {}).constructor("yield 1")()',
    'return Reflect.construct(Object.getPrototypeOf(async function* () {}).constructor, ["return 1"])',
    'return globalThis["ev" + "al"]("1")',
  ]
  for (const code of paths) assert.equal((await server.run(code)).body.error?.type, 'EvalError', code)
  const imported = await server.run(
    'return import("data:text/javascript,export default 1").then((m) => m.default, (e) => "refused " + typeof e)',
  )
  assert.notEqual(imported.body.result, 1)
})

test('no host object is reachable', async () => {
  const { body } = await server.run(
    `return [process, global, Buffer].map((each) => each.constructor.constructor === Function)
      .concat([process.binding, process.getBuiltinModule, process.mainModule, process.dlopen].map((each) => each === undefined))
      .concat([global === globalThis, typeof module === 'undefined', !Object.keys(globalThis).includes('input')])`,
  )
  assert.deepEqual(
    body.result,
    Array.from({ length: 10 }, () => true),
  )
})

test('a flood of console lines is cut, said so, and costs the answer nothing', async () => {
  const { body } = await server.run('for (let i = 0; i < 1e6; i++) console.log("line " + i); return 1', {
    limits: { cpuMs: 5_000 },
  })
  assert.equal(body.result, 1)
  assert.equal(body.logsTruncated, true)
  assert.ok(JSON.stringify(body.logs).length < 2 * 262_144)
})

test('one huge console line is cut', async () => {
  const { body } = await server.run('console.log("y".repeat(50_000_000)); return 1', { limits: { cpuMs: 5_000 } })
  assert.equal(body.logsTruncated, true)
  assert.ok((body.logs?.[0]?.message.length ?? 0) <= 262_144)
})

test('logs written before an endless loop are in the answer', async () => {
  const { body } = await server.run('console.log("before"); let x = 3n; for (;;) x = x * x', { limits: { wallMs } })
  assert.deepEqual(
    body.logs?.map(({ message }) => message),
    ['before'],
  )
})

test('one tenant at a time: 20 endless loops do not keep others from an answer', async () => {
  const loopers = Array.from({ length: 20 }, () => server.run('for (;;);', { limits: { wallMs: 200 } }))
  const answers = await Promise.all(loopers)
  for (const { body } of answers) assert.ok(['TimeoutError', 'OverloadError'].includes(body.error?.type ?? ''))
  assert.equal((await server.run('return 1')).body.result, 1)
})

test('a block has no receiver: the state of the guest is not its `this`', async () => {
  assert.equal((await server.run('return typeof this')).body.result, 'undefined')
  assert.equal((await server.run('return (() => typeof this)()')).body.result, 'undefined')
})
