import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer, type ApiAnswer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ allowAnonymous: false })
})
after(() => server[Symbol.asyncDispose]())

async function flow(code: string, input: unknown = {}, headers: Record<string, string> = {}): Promise<ApiAnswer> {
  const { token } = await server.token()
  const body = { input, codebase64: Buffer.from(code).toString('base64') }
  return server.ask('POST', '/flow/codeblock', { body, headers: { accessToken: token, ...headers } })
}

test('a result comes in the envelope of flow-codeblock', async () => {
  const { status, body, headers } = await flow(
    'return { sum: input.a + input.b, text: "ü" }',
    { a: 1, b: 2 },
    { 'x-request-id': 'req-1' },
  )
  assert.equal(status, 200)
  const { timing, timestamp, ...rest } = body
  assert.deepEqual(rest, { success: true, result: { sum: 3, text: 'ü' }, request_id: 'req-1' })
  assert.ok(Number.isInteger(timing.executionTime) && timing.executionTime === timing.totalTime)
  assert.match(timestamp, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/)
  const chinaMs = Date.parse(`${timestamp.replace(' ', 'T')}+08:00`)
  assert.ok(Math.abs(Date.now() - chinaMs) < 60_000)
  assert.equal(headers.get('x-request-id'), 'req-1')
})

test('a request id that could not stand in a log is replaced', async () => {
  const { body } = await flow('return 1', {}, { 'x-request-id': 'a b"c' })
  assert.match(body.request_id, /^[0-9a-f-]{36}$/)
})

const failures: readonly [code: string, type: string][] = [
  ['return (', 'SyntaxError'],
  ['missing()', 'ReferenceError'],
  ['null.x', 'TypeError'],
  ['new Array(-1)', 'RangeError'],
  ['decodeURIComponent("%")', 'URIError'],
  ['throw new Error("x")', 'RuntimeError'],
  ['class NoStock extends Error {}; throw new NoStock("x")', 'RuntimeError'],
  ['throw "text"', 'RuntimeError'],
  ['return undefined', 'ValidationError'],
  ['return 0 / 0', 'ValidationError'],
  ['return eval("1")', 'SecurityError'],
  ['return new Promise(() => {})', 'TimeoutError'],
]
for (const [code, type] of failures) {
  test(`${code} is 400 ${type}`, async () => {
    const { status, body } = await flow(code)
    assert.deepEqual([status, body.success, body.error.type], [400, false, type])
    assert.ok(body.error.message.length > 0)
    assert.match(body.request_id, /./)
    assert.match(body.error.details.code, /^EK_BLOCK_/)
  })
}

test('an error has its place, and what is not base64, no object or too large is a ValidationError', async () => {
  assert.deepEqual((await flow('const a = 1\nnull.x')).body.error.details.line, 2)
  const { token } = await server.token()
  const headers = { authorization: `Bearer ${token}` }
  const bad = [
    { input: {}, codebase64: '%%%' },
    { input: {}, codebase64: 'cmV0dXJuIDE' },
    { input: [], codebase64: 'cmV0dXJuIDE=' },
    { codebase64: 'cmV0dXJuIDE=' },
    { input: {} },
  ]
  for (const body of bad) {
    const answer = await server.ask('POST', '/flow/codeblock', { body, headers })
    assert.deepEqual([answer.status, answer.body.error?.type], [400, 'ValidationError'], JSON.stringify(body))
  }
  const extra = { input: {}, codebase64: 'cmV0dXJuIDE=', other: 1 }
  assert.equal((await server.ask('POST', '/flow/codeblock', { body: extra, headers })).status, 200)
})

test('token and quota refusals have the statuses and types of flow', async () => {
  const body = { input: {}, codebase64: 'cmV0dXJuIDE=' }
  const without = await server.ask('POST', '/flow/codeblock', { body })
  assert.deepEqual([without.status, without.body.success, without.body.error.type], [401, false, 'AuthenticationError'])
  const refusedBy = async (limits: unknown): Promise<[number, string]> => {
    const { token } = await server.token({ limits })
    const headers = { 'access-token': token }
    assert.equal((await server.ask('POST', '/flow/codeblock', { body, headers })).status, 200)
    const { status, body: answer } = await server.ask('POST', '/flow/codeblock', { body, headers })
    return [status, answer.error.type]
  }
  assert.deepEqual(await refusedBy({ quota: { period: 'month', runs: 1 } }), [429, 'QuotaExceeded'])
  assert.deepEqual(await refusedBy({ rate: { runs: 1, windowMs: 86_400_000 } }), [429, 'TokenRateLimitError'])
})
