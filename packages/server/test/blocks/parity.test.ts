/** The same mistake is the same error, wherever in a block it happens; and one author's mistakes cost nobody a runtime. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { rotationPids } from '../support/hosts.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 1 } })
})
after(() => server[Symbol.asyncDispose]())

const mistakes: Readonly<Record<string, string>> = {
  TypeError: 'null.x',
  ReferenceError: 'notDefined',
  RangeError: 'new Array(-1)',
  URIError: 'decodeURIComponent("%")',
  SyntaxError: 'JSON.parse("{")',
  EvalError: 'eval("1")',
  AggregateError: '(() => { throw new AggregateError([new Error("a")], "m") })()',
  OwnError: '(() => { throw new (class OwnError extends Error {})("m") })()',
  Error: '(() => { throw new Error("m") })()',
}

/** Each puts the mistake into the third line. */
const places: Readonly<Record<string, (code: string) => string>> = {
  'at once': (code) => `\n\n${code}; return 1`,
  'after an await': (code) => `await null;\n\n${code}; return 1`,
  'after a timer': (code) => `await new Promise((r) => setTimeout(r, 1));\n\n${code}; return 1`,
  'in an async function': (code) => `return (async () => {\n\n${code} })()`,
  'in a then': (code) => `return Promise.resolve().then(() => {\n\n${code} })`,
  'in a timer': (code) => `setTimeout(() => {\n\n${code} }, 1); await new Promise(() => {})`,
  'in a callback of a promise': (code) => `return new Promise(() => {\n\n${code} })`,
  'in a module': (code) => `export default async () => {\n\n${code} }`,
}

for (const [type, code] of Object.entries(mistakes))
  test(`${type} keeps its type, status and line in every place`, async () => {
    for (const [place, put] of Object.entries(places)) {
      const { status, body } = await server.run(put(code))
      const { error } = body
      assert.deepEqual(
        [status, error?.type, error?.code, error?.fault, error?.line],
        [422, type, 'EK_BLOCK_THREW', 'caller', 3],
        `${place}: ${JSON.stringify(error)}`,
      )
      assert.doesNotMatch(JSON.stringify(error), /node:|\/src\/|\.host\.|\.guest\.|file:/)
    }
  })

const results: readonly (readonly [code: string, result: unknown])[] = [
  [
    'const e = Object.assign(new TypeError("m"), { code: "E1" }); return [e, { cause: e }]',
    [{ name: 'TypeError', message: 'm', code: 'E1' }, { cause: { name: 'TypeError', message: 'm', code: 'E1' } }],
  ],
  ['const a = { n: 1, toJSON() { return a } }; return a', undefined],
  [
    'return [new Uint8Array([7]), new Uint8Array(0), Buffer.from("a"), new (class A { b = 1; #c = 2 })(), new (class B {})()]',
    [{ 0: 7 }, {}, { type: 'Buffer', data: [97] }, { b: 1 }, {}],
  ],
  [
    'return [Object(1), Object("a"), Object(true), new URL("http://a/"), Object.assign(/x/, { own: 1 })]',
    [1, 'a', true, 'http://a/', { own: 1 }],
  ],
  ['return [new Date(NaN), -0, new Error("m"), [null, , ].length]', [null, 0, { name: 'Error', message: 'm' }, 2]],
  ['return Object.assign(Object.create(null), { k: [] })', { k: [] }],
]
for (const [code, result] of results)
  test(`a result, at once and awaited: ${code.slice(0, 60)}`, async () => {
    const [now, later] = [await server.run(code), await server.run(`await null; ${code}`)]
    assert.deepEqual(now.body.result, result, JSON.stringify(now.body))
    assert.deepEqual(
      [later.status, later.body.result, later.body.error?.message],
      [now.status, now.body.result, now.body.error?.message],
    )
  })

test('hundreds of failing blocks cost no host', async () => {
  const before = await rotationPids(server)
  for (let round = 0; round < 50; round += 1)
    for (const code of [
      'throw new Error("x")',
      'return (',
      'return undefined',
      'const f = () => f(); f()',
      'await new Promise(() => {})',
    ])
      assert.notEqual((await server.run(code)).status, 200)
  assert.deepEqual(await rotationPids(server), before)
})
