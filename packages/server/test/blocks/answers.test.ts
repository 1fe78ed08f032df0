import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { least, overheadMs } from '../support/overhead.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

test('a result comes with id, logs, warnings and usage', async () => {
  const { status, body } = await server.run(
    'console.log("seen", { a: 1 }); console.error(new Error("bad").message); return { got: input }',
    {
      input: { deep: [1, null, 'ü'] },
    },
  )
  assert.equal(status, 200)
  assert.deepEqual(body.result, { got: { deep: [1, null, 'ü'] } })
  assert.match(body.id ?? '', /^[\w-]{20,}$/)
  assert.deepEqual(
    body.logs?.map(({ level, message }) => [level, message]),
    [
      ['log', 'seen { a: 1 }'],
      ['error', 'bad'],
    ],
  )
  assert.deepEqual(body.warnings, [])
  assert.ok((body.usage?.peakHeapBytes ?? 0) > 0)
  assert.ok((body.usage?.cpuMs ?? 0) > 0)
})

test('an error keeps its class, message and position, and shows no frame of ours', async () => {
  const { status, body } = await server.run('const x = 1;\nfunction inner() {\n  null.foo;\n}\ninner()')
  assert.equal(status, 422)
  assert.equal(body.error?.type, 'TypeError')
  assert.equal(body.error?.code, 'EK_BLOCK_THREW')
  assert.equal(body.error?.fault, 'caller')
  assert.deepEqual([body.error?.line, body.error?.column], [3, 8])
  assert.equal(
    body.error?.stack,
    `TypeError: Cannot read properties of null (reading 'foo')\n    at inner (block.js:3:8)\n    at block.js:5:1`,
  )
})

test('the position is the same when the error comes from an awaited promise', async () => {
  const { body } = await server.run('await null;\n  throw new RangeError("late")')
  assert.deepEqual([body.error?.type, body.error?.line, body.error?.column], ['RangeError', 2, 9])
})

test('an own error class keeps its name', async () => {
  const { body } = await server.run('class NoStock extends Error {}\nthrow new NoStock("gone")')
  assert.deepEqual([body.error?.type, body.error?.message], ['NoStock', 'gone'])
})

test('a syntax error has a position, in JavaScript and in TypeScript', async () => {
  const { body } = await server.run('const a = 1;\n  foo bar')
  assert.deepEqual(
    [body.error?.type, body.error?.code, body.error?.line, body.error?.column],
    ['SyntaxError', 'EK_BLOCK_SYNTAX', 2, 7],
  )
  const typed = await server.run('const a: number = 1\nreturn a + input.b', { language: 'ts', input: { b: 1 } })
  assert.equal(typed.body.result, 2)
})

test('code that closes the function early is a syntax error and never runs outside it', async () => {
  for (const code of [
    '} console.log("out"); {',
    '}); console.log("out"); (async function () {',
    '} / 1 / \n{',
    '}, function () {',
  ]) {
    const { status, body } = await server.run(code)
    assert.equal(status, 422, code)
    assert.equal(body.error?.type, 'SyntaxError', code)
    assert.deepEqual(body.logs, [], code)
  }
})

const badResults: readonly [code: string, says: string][] = [
  ['return', 'undefined'],
  ['return { a: [1, { "b c": 0 / 0 }] }', '$.a[1]["b c"]'],
  ['return { n: 10n }', 'BigInt'],
  ['return { f() {} }', 'function'],
  ['return [Symbol("s")]', 'symbol'],
  ['const a = {}; a.b = { c: a }; return a', '$.b.c is a cycle'],
  ['return { p: Promise.resolve(1) }', 'promise'],
  ['return { m: new Map([[1, 2]]) }', '$.m is a Map'],
  ['return [1, new Set([1])]', '$[1] is a Set'],
  ['return /x/g', 'itself is a RegExp, which JSON would write as {}'],
  ['return { r: new Response("a") }', '$.r is a Response'],
  ['return { h: new Headers({ a: "b" }) }', '$.h is a Headers'],
  ['return new URLSearchParams("a=b")', 'URLSearchParams'],
  ['return [new Blob(["a"])]', '$[0] is a Blob'],
  ['return new ArrayBuffer(2)', 'ArrayBuffer'],
  ['return { w: new WeakMap() }', 'WeakMap'],
  ['return (function* () { yield 1 })()', 'Generator'],
  ['return [1].values()', 'Array Iterator'],
  ['return { u: undefined }', '$.u is undefined'],
  ['return [1, , 2]', '$[1] is undefined'],
  ['return { i: -Infinity }', '$.i is -Infinity'],
  ['let a = []; for (let i = 0; i < 200000; i++) a = [a]; return a', 'nested too deeply'],
]
for (const [code, says] of badResults) {
  test(`a result that JSON cannot hold is a ValidationError that says where: ${code.slice(0, 40)}`, async () => {
    const { status, body } = await server.run(code)
    assert.equal(status, 422)
    assert.equal(body.error?.type, 'ValidationError')
    assert.ok(body.error?.message.includes(says), body.error?.message)
  })
}

test('the same object twice is no cycle; Date, toJSON and null keep their JSON', async () => {
  const { body } = await server.run(
    'const o = { n: 1 }; return [o, o, new Date(0), { toJSON: () => "own" }, null, new Date(NaN)]',
  )
  assert.deepEqual(body.result, [{ n: 1 }, { n: 1 }, '1970-01-01T00:00:00.000Z', 'own', null, null])
})

test('a result of exactly the limit passes, one byte more does not', async () => {
  const limit = 5 * 1_048_576
  const fits = await server.run(`return "z".repeat(${limit - 2})`)
  assert.equal(fits.status, 200)
  const over = await server.run(`return "z".repeat(${limit - 1})`)
  assert.equal(over.body.error?.type, 'ValidationError')
  const wide = await server.run(`return "ü".repeat(${limit / 2})`)
  assert.equal(wide.body.error?.type, 'ValidationError')
})

const thrown: readonly string[] = [
  'throw 1',
  'throw undefined',
  'throw null',
  'await Promise.reject()',
  'throw "text"',
  'throw Object.create(null)',
]
for (const code of thrown) {
  test(`what is not an Error is still an answer: ${code}`, async () => {
    const { status, body } = await server.run(code)
    assert.equal(status, 422)
    assert.equal(body.error?.type, 'Error')
    assert.match(body.error?.message ?? '', /^Uncaught /)
  })
}

test('timers left over are cut and reported', async () => {
  const controlMs = await overheadMs(server)
  const { body } = await server.run('setTimeout(() => {}, 60000); setInterval(() => {}, 5); return 1')
  assert.equal(body.result, 1)
  const tookMs = await least(
    4,
    controlMs,
    async () => (await server.run('setTimeout(() => {}, 60000); return 1')).elapsedMs,
  )
  assert.ok(tookMs < controlMs + 50, `${tookMs} ms, where an answer takes ${controlMs}`)
  assert.deepEqual(
    body.warnings?.map(({ code }) => code),
    ['EK_BLOCK_TIMERS_CUT'],
  )
})

test('a promise that nothing can settle is told at once', async () => {
  const controlMs = await overheadMs(server)
  const tookMs = await least(4, 100, async () => {
    const { status, body, elapsedMs } = await server.run('return new Promise(() => {})')
    assert.deepEqual([status, body.error?.type, body.error?.code], [504, 'TimeoutError', 'EK_BLOCK_STALLED'])
    return elapsedMs
  })
  assert.ok(tookMs < 100 + controlMs, `${tookMs} ms`)
})

test('an error in a timer fails the block', async () => {
  const { body } = await server.run('setTimeout(() => { throw new TypeError("tick") }, 1); await new Promise(() => {})')
  assert.deepEqual([body.error?.type, body.error?.message], ['TypeError', 'tick'])
})

test('nothing of one run is seen by the next of the same tenant', async () => {
  await server.run(
    'Object.prototype.dirt = 1; globalThis.dirt = 2; Array.prototype.map = null; JSON.stringify = () => "no"; return 1',
  )
  const { body } = await server.run('return [typeof {}.dirt, typeof dirt, [1].map((x) => x), JSON.stringify({ a: 1 })]')
  assert.deepEqual(body.result, ['undefined', 'undefined', [1], '{"a":1}'])
})

test('a block that replaces JSON.stringify gets an answer that is JSON', async () => {
  const { status } = await server.run('JSON.stringify = () => "}{"; Object.prototype.json = "}{"; return { a: 1 }')
  assert.ok(status === 200 || status === 422, String(status))
})
