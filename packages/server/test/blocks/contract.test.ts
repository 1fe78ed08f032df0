/** The forms of a block, its context, its errors and its console. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

void suite('modules', () => {
  const forms: readonly (readonly [code: string, result: unknown])[] = [
    ['export default (input) => input.n + 1', 2],
    ['export default async function (input, ctx) { return [input.n, ctx.id.length > 10] }', [1, true]],
    ['export default { run: (input) => input.n }', 1],
    ['export default { a: 1 }', { a: 1 }],
    ['export default Promise.resolve([1])', [1]],
    ['export async function main({ n }) { return n }', 1],
    ['const x = await Promise.resolve(3)\nexport const handler = () => x', 3],
    [
      'import _, { chunk } from "lodash"\nimport * as path from "node:path"\nexport default () => [chunk([1, 2, 3], 2), _.sum([1]), path.join("a", "..", "b")]',
      [[[1, 2], [3]], 1, 'b'],
    ],
    ['await new Promise((r) => setTimeout(r, 5))\nexport default () => "late"', 'late'],
  ]
  for (const [code, result] of forms)
    test(code.slice(0, 80), async () => {
      const { body } = await server.run(code, { input: { n: 1 } })
      assert.deepEqual(body.result, result, JSON.stringify(body.error))
    })

  test('TypeScript, in both forms', async () => {
    const module = await server.run(
      'import _ from "lodash"\nexport default (input: { n: number }): number => _.add(input.n, 1 as number)',
      { language: 'ts', input: { n: 1 } },
    )
    assert.equal(module.body.result, 2, JSON.stringify(module.body.error))
    const body = await server.run('interface A { n: number }\nconst a = input as A\nreturn a.n', {
      language: 'ts',
      input: { n: 1 },
    })
    assert.equal(body.body.result, 1)
    for (const [code, line, column] of [
      ['const a = 1\n  const b: number = ;', 2, 21],
      ['export default (n: number = ) => 1', 1, 29],
      ['enum A { B }', 1, 1],
    ] as const) {
      const { error } = (await server.run(code, { language: 'ts' })).body
      assert.deepEqual([error?.type, error?.line, error?.column], ['SyntaxError', line, column], code)
    }
  })

  const failures: readonly (readonly [code: string, type: string, line: number | undefined])[] = [
    ['export default (input) => {\n  retur n 5\n}', 'SyntaxError', 2],
    ['import x from "fs"\nexport default () => 1', 'ModuleNotFoundError', undefined],
    ['import { nope } from "lodash"\nexport default () => 1', 'SyntaxError', undefined],
    ['\nthrow new TypeError("top")\nexport default 1', 'TypeError', 2],
    ['await null\n\nthrow new RangeError("after await")\nexport default 1', 'RangeError', 3],
    ['class NoStock extends Error {}\nexport default () => {\n  throw new NoStock("gone")\n}', 'NoStock', 3],
    ['export const other = 1', 'ValidationError', undefined],
    ['import "./neighbour.js"\nexport default 1', 'ModuleNotFoundError', undefined],
  ]
  for (const [code, type, line] of failures)
    test(`fails: ${code.slice(0, 60)}`, async () => {
      const { status, body } = await server.run(code)
      assert.deepEqual([status, body.error?.type, body.error?.line], [422, type, line], JSON.stringify(body.error))
    })
})

test('ctx tells the run, its limits and what is near', async () => {
  const { body } = await server.run(
    'return [ctx.id, ctx.limits, ctx.env, ctx.secrets, ctx.signal.aborted, ctx.deadlineMs > Date.now(), Object.isFrozen(ctx)]',
    { limits: { wallMs: 900, cpuMs: 800 } },
  )
  assert.deepEqual(body.result, [body.id, { wallMs: 900, cpuMs: 800, memoryMb: 128 }, {}, {}, false, true, true])
})

test('ctx.executionId is the id of the answer', async () => {
  for (const code of ['return ctx.executionId', 'export default (input, { executionId }) => executionId']) {
    const { body } = await server.run(code)
    assert.equal(body.result, body.id)
  }
})

test('import() is refused with an error of the block', async () => {
  const { body } = await server.run(
    'return import("lodash").then(() => "loaded", (error) => [error instanceof Error, error.message])',
  )
  assert.deepEqual(body.result, [true, 'Not supported'])
  const { error } = (await server.run('const name = "lodash"\nreturn await import(name)')).body
  assert.deepEqual([error?.message, error?.line], ['Not supported', 2])
  assert.match(error?.hint ?? '', /require/)
  const own = await server.run('throw new Error("Not supported")')
  assert.equal(own.body.error?.hint, undefined)
})

test('ctx.signal aborts before the wall limit, in time for an answer', async () => {
  const { body } = await server.run(
    'await new Promise((r) => ctx.signal.addEventListener("abort", r)); return ctx.signal.reason.name',
    { limits: { wallMs: 1_500 } },
  )
  assert.equal(body.result, 'TimeoutError', JSON.stringify(body.error))
})

test('causes and members of aggregated errors come with their positions', async () => {
  const { body } = await server.run(
    'const inner = new TypeError("inner", { cause: "text" })\nthrow new Error("outer", { cause: inner })',
  )
  const { cause } = body.error ?? {}
  assert.deepEqual(
    [cause?.type, cause?.message, cause?.line, cause?.cause?.message],
    ['TypeError', 'inner', 1, '"text"'],
  )
  const many = await server.run('throw new AggregateError([new Error("a"), new RangeError("b")], "many")')
  assert.deepEqual(
    many.body.error?.errors?.map(({ type }) => type),
    ['Error', 'RangeError'],
  )
})

test('a cycle of causes ends', async () => {
  const { body } = await server.run(
    'const a = new Error("a"); const b = new Error("b", { cause: a }); a.cause = b; throw a',
  )
  assert.equal(body.error?.cause?.message, 'b')
})

test('a rejection that nobody handles is a warning with its line, and ends nothing', async () => {
  const { body } = await server.run(
    'Promise.reject(new TypeError("float"))\nawait new Promise((r) => setTimeout(r, 2))\nreturn 1',
  )
  assert.equal(body.result, 1)
  assert.deepEqual(
    body.warnings?.map(({ code, message }) => [code, /TypeError: float \(line 1\)/.test(message)]),
    [['EK_BLOCK_UNHANDLED_REJECTION', true]],
  )
})

test('a rejection that is handled in the same turn is none', async () => {
  const { body } = await server.run('const p = Promise.reject(1); try { await p } catch { return "caught" }')
  assert.deepEqual([body.result, body.warnings], ['caught', []])
})

test('the console formats, counts, groups, tables and times', async () => {
  const { body } = await server.run(`
console.log('%s has %d of %j', 'a', 2, { x: 1 }); console.group('g'); console.info('in\\nside'); console.groupEnd()
console.count(); console.count('c'); console.count(); console.assert(true, 'no'); console.assert(false, 'yes %s', 1)
console.table([{ a: 1 }]); console.timeEnd('never'); console.log(new Map([[1, { a: [undefined] }]]), 5n, Symbol('s'), -0)
console.trace('here'); console.dir({ a: { b: 1 } }); return null`)
  assert.deepEqual(
    body.logs?.map(({ level, message }) => [level, message]),
    [
      ['log', `a has 2 of {"x":1}`],
      ['log', 'g'],
      ['info', '  in\n  side'],
      ['log', 'default: 1'],
      ['log', 'c: 1'],
      ['log', 'default: 2'],
      ['error', 'Assertion failed: yes 1'],
      ['log', '┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘'],
      ['warn', 'There is no timer "never"'],
      ['log', 'Map(1) { 1 => { a: [ undefined ] } } 5n Symbol(s) -0'],
      ['debug', body.logs?.find(({ level }) => level === 'debug')?.message ?? ''],
      ['log', '{ a: { b: 1 } }'],
    ],
  )
})

test('what cannot be shown is logged all the same', async () => {
  const { body } = await server.run(
    'console.log(new Proxy({}, { get() { throw 1 }, ownKeys() { throw 2 } }), { get x() { throw 3 } }, Object.create(null)); return 1',
  )
  assert.equal(body.result, 1)
  assert.equal(body.logs?.length, 1)
})
