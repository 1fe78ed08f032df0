import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { functionSpec } from '../../src/blocks/functions/function-spec.ts'
import { resolveServerOptions } from '../../src/config/options.ts'
import { startTestServer, type ApiAnswer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const put = (name: string, body: Record<string, unknown>, token?: string): Promise<ApiAnswer> =>
  server.ask('PUT', `/v1/functions/${name}`, { body, ...(token === undefined ? {} : { token }) })
const invoke = (name: string, input: unknown = {}, query = ''): Promise<ApiAnswer> =>
  server.ask('POST', `/v1/functions/${name}/invoke${query}`, { body: { input } })

test('versions, rollback and aliases', async () => {
  assert.deepEqual((await put('greet', { code: 'return "one"' })).body, {
    name: 'greet',
    version: 1,
    previousVersion: null,
    changed: true,
  })
  const second = await put('greet', { code: 'return "two"', description: 'Greets' })
  assert.deepEqual([second.status, second.body.version], [200, 2])
  assert.deepEqual((await put('greet', { code: 'return "two"', description: 'Greets' })).body, {
    name: 'greet',
    version: 2,
    previousVersion: 2,
    changed: false,
  })
  assert.equal((await invoke('greet')).body.result, 'two')
  assert.equal((await invoke('greet', {}, '?version=1')).body.result, 'one')
  const alias = await server.ask('PUT', '/v1/functions/greet/aliases/prod', { body: { version: 1 } })
  assert.deepEqual(alias.body.aliases, { prod: 1 })
  assert.equal((await invoke('greet', {}, '?version=prod')).body.result, 'one')
  assert.equal((await server.ask('POST', '/v1/functions/greet/rollback', { body: { version: 1 } })).status, 200)
  assert.equal((await invoke('greet')).body.result, 'one')
  assert.equal((await put('greet', { code: 'return "three"' })).body.version, 3)
  const versions = await server.ask('GET', '/v1/functions/greet/versions')
  assert.deepEqual(
    versions.body.items.map((each: { version: number; current: boolean; aliases: string[] }) => [
      each.version,
      each.current,
      each.aliases,
    ]),
    [
      [3, true, []],
      [2, false, []],
      [1, false, ['prod']],
    ],
  )
  assert.equal((await server.ask('GET', '/v1/functions/greet?version=2')).body.code, 'return "two"')
  assert.equal((await server.ask('DELETE', '/v1/functions/greet/aliases/prod')).status, 204)
  assert.equal((await server.ask('DELETE', '/v1/functions/greet')).status, 204)
  assert.equal((await invoke('greet')).body.error.code, 'EK_FUNCTION_NOT_FOUND')
})

const wrong: readonly [name: string, body: Record<string, unknown>, says: string][] = [
  ['no code', {}, '"code" is missing'],
  ['an unknown field', { code: '1', colour: 1 }, '"colour" is unknown'],
  ['a freshness that is none', { code: '1', freshness: 'new' }, '"freshness"'],
  ['an address that is none', { code: '1', ipAllow: ['10.0.0.0/33'] }, '"ipAllow"'],
  ['a limit above the maximum', { code: '1', limits: { wallMs: 10_000_000 } }, '"limits.wallMs"'],
  ['a schema that is none', { code: '1', inputSchema: { type: 'int' } }, '"inputSchema"'],
  ['a schema with an expression', { code: '1', inputSchema: { pattern: '(a+)+$' } }, 'unknown keyword: "pattern"'],
  ['a schema that refers to itself', { code: '1', outputSchema: { allOf: [{ $ref: '#' }] } }, '"$ref"'],
  ['a variable with a bad name', { code: '1', env: { 'a b': 'x' } }, '"env'],
]
for (const [name, body, says] of wrong) {
  test(`a function with ${name} is refused by the name of the field`, async () => {
    const answer = await put('wrong', body)
    assert.deepEqual([answer.status, answer.body.error.code], [400, 'EK_REQUEST_INVALID'])
    assert.ok(answer.body.error.message.includes(says), answer.body.error.message)
    assert.equal((await invoke('wrong')).status, 404)
  })
}

test('a freshness that the engine lacks is refused, with those it has', () => {
  const rules = { blocks: resolveServerOptions({}).blocks, freshness: ['context', 'isolate'] } as const
  assert.throws(() => functionSpec({ code: 'return 1', freshness: 'reuse' }, rules), /"reuse".*context, isolate/)
})

test('a bad name, version or alias is told apart', async () => {
  assert.equal((await put('Bad%20Name', { code: '1' })).status, 400)
  await put('known', { code: 'return 1' })
  assert.equal((await invoke('known', {}, '?version=9')).body.error.code, 'EK_FUNCTION_VERSION_NOT_FOUND')
  assert.equal((await invoke('known', {}, '?version=constructor')).body.error.code, 'EK_FUNCTION_VERSION_NOT_FOUND')
})

test('input and result are held to their schemas', async () => {
  await put('typed', {
    code: 'return input.n === 7 ? "seven" : input.n',
    inputSchema: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] },
    outputSchema: { type: 'integer' },
  })
  assert.equal((await invoke('typed', { n: 1 })).body.result, 1)
  const input = await invoke('typed', { n: 'x' })
  assert.deepEqual([input.status, input.body.error.code], [400, 'EK_FUNCTION_INPUT'])
  assert.ok(input.body.error.message.includes('"n" must be integer'))
  const output = await invoke('typed', { n: 7 })
  assert.deepEqual([output.status, output.body.error.code], [422, 'EK_FUNCTION_OUTPUT'])
  assert.ok(output.body.usage.wallMs > 0)
})

test('limits, TypeScript and freshness belong to the version', async () => {
  await put('slow', { code: 'for (;;);', limits: { wallMs: 150 } })
  assert.equal((await invoke('slow')).body.error.message, 'The block ran longer than 150 ms')
  await put('ts', { code: 'const n: number = input.n; return n', language: 'ts', freshness: 'isolate' })
  assert.equal((await invoke('ts', { n: 3 })).body.result, 3)
})

test('a reused world belongs to one function, even where another has the same code', async () => {
  const body = { code: 'globalThis.count = (globalThis.count ?? 0) + 1; return count', freshness: 'reuse' }
  await put('counter-a', body)
  await put('counter-b', body)
  for (let round = 0; round < 12; round += 1) await invoke('counter-a')
  assert.equal((await invoke('counter-b')).body.result, 1)
})

test('functions belong to their tenant', async () => {
  const one = await server.token()
  const two = await server.token()
  await put('mine', { code: 'return 1' }, one.token)
  const asTwo = { token: two.token }
  assert.equal((await server.ask('GET', '/v1/functions/mine', asTwo)).status, 404)
  assert.equal((await server.ask('POST', '/v1/functions/mine/invoke', { ...asTwo, body: {} })).status, 404)
  assert.equal((await server.ask('DELETE', '/v1/functions/mine', asTwo)).status, 404)
  const taken = await put('mine', { code: 'return 2' }, two.token)
  assert.deepEqual([taken.status, taken.body.error.code], [409, 'EK_FUNCTION_NAME_TAKEN'])
  assert.deepEqual((await server.ask('GET', '/v1/functions', asTwo)).body, { items: [], next: null })
  assert.equal((await server.ask('POST', '/v1/functions/mine/invoke', { token: one.token, body: {} })).body.result, 1)
})

test('functions are listed in pages', async () => {
  const { token } = await server.token()
  for (const name of ['p1', 'p2', 'p3']) await put(name, { code: 'return 1' }, token)
  const first = await server.ask('GET', '/v1/functions?limit=2', { token })
  assert.equal(first.body.next, 'p2')
  const rest = await server.ask('GET', `/v1/functions?limit=2&after=${first.body.next}`, { token })
  assert.deepEqual([rest.body.items.map(({ name }: { name: string }) => name), rest.body.next], [['p3'], null])
  assert.equal((await server.ask('GET', '/v1/functions?limit=0', { token })).status, 400)
})

test('secrets are never shown; those not named again stay, and null removes one', async () => {
  const code = 'return 1'
  await put('sealed', { code, secrets: { KEY: 'hidden-value', OTHER: 'second-value' }, env: { MODE: 'x' } })
  const shown = await server.ask('GET', '/v1/functions/sealed')
  assert.deepEqual([shown.body.secrets, shown.body.env], [['KEY', 'OTHER'], { MODE: 'x' }])
  assert.ok(!shown.text.includes('hidden-value'))
  assert.equal((await put('sealed', { code, env: { MODE: 'x' } })).body.changed, false)
  assert.equal((await put('sealed', { code, env: { MODE: 'x' }, secrets: { KEY: null } })).body.version, 2)
  assert.deepEqual((await server.ask('GET', '/v1/functions/sealed')).body.secrets, ['OTHER'])
  assert.deepEqual((await server.ask('GET', '/v1/functions/sealed?version=1')).body.secrets, ['KEY', 'OTHER'])
})

test('50 deployments at once each get a version of their own', async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) => put('racing', { code: `return ${index}` })),
  )
  const versions = answers.map(({ body }) => body.version as number)
  assert.equal(new Set(versions).size, 50)
  assert.equal(Math.max(...versions), 50)
})

const uncompilable: readonly [what: string, body: Record<string, unknown>, line: number | undefined][] = [
  ['a body', { code: 'const a = 1\nreturn a +* 2' }, 2],
  ['a body that closes the function', { code: '}, () => {' }, undefined],
  ['a module', { code: 'export default (input) => {\n  return input +* 2\n}' }, 2],
  ['TypeScript', { code: 'const a: number =\nreturn a', language: 'ts' }, 2],
  ['TypeScript that needs more than erasing', { code: 'enum A { B }', language: 'ts' }, 1],
]
for (const [what, body, line] of uncompilable) {
  test(`${what} with a syntax error is not stored`, async () => {
    const answer = await put('broken', body)
    assert.deepEqual(
      [answer.status, answer.body.error.code, answer.body.error.type],
      [422, 'EK_BLOCK_SYNTAX', 'SyntaxError'],
    )
    assert.equal(answer.body.error.line, line, answer.text)
    assert.equal((await server.ask('GET', '/v1/functions/broken')).status, 404)
  })
}

test('a deployment compiles and runs nothing', async () => {
  for (const code of ['for (;;);', 'export default 1; for (;;);', 'throw new Error("ran")'])
    assert.equal((await put('never-run', { code })).status < 300, true, code)
})
