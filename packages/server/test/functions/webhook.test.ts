import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { webhookResponse } from '../../src/blocks/functions/webhook-response.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ allowAnonymous: false })
})
after(() => server[Symbol.asyncDispose]())

async function deploy(name: string, body: Record<string, unknown>): Promise<{ id: string; token: string }> {
  const owner = await server.token()
  const { status, text } = await server.ask('PUT', `/v1/functions/${name}`, { token: owner.token, body })
  assert.equal(status, 201, text)
  return owner
}

test('a webhook gets the request and answers with the bare result', async () => {
  const { token } = await deploy('echo', { code: 'return input' })
  const answer = await server.ask('POST', '/f/echo/a/b?x=1&x=2&y=3', {
    token,
    body: { n: 1 },
    headers: { 'x-own': 'v' },
  })
  assert.equal(answer.status, 200)
  const { method, path, query, headers, body, ...rest } = answer.body
  assert.deepEqual([method, path, query, body, rest], ['POST', '/a/b', { x: ['1', '2'], y: '3' }, { n: 1 }, {}])
  assert.equal(headers['x-own'], 'v')
  assert.ok(!answer.text.includes(token))
  assert.equal(answer.headers.get('content-security-policy'), 'sandbox')
})

test('forms, text, bytes and nothing are bodies too', async () => {
  const { token } = await deploy('bodies', { code: 'return [input.body, input.rawBody]', webhook: { rawBody: true } })
  const ask = async (type: string, body: string): Promise<unknown> =>
    (await server.ask('POST', '/f/bodies', { token, body, headers: { 'content-type': type } })).body
  assert.deepEqual(await ask('application/x-www-form-urlencoded', 'a=1&b=%20'), [{ a: '1', b: ' ' }, 'a=1&b=%20'])
  assert.deepEqual(await ask('text/plain', 'hello'), ['hello', 'hello'])
  assert.deepEqual(await ask('application/cloudevents+json', '{"a": 1}'), [{ a: 1 }, '{"a": 1}'])
  assert.deepEqual((await server.ask('GET', '/f/bodies', { token })).body, [null, ''])
  const bad = await server.ask('POST', '/f/bodies', {
    token,
    body: '{',
    headers: { 'content-type': 'application/json' },
  })
  assert.deepEqual([bad.status, bad.body.error.code], [400, 'EK_REQUEST_MALFORMED'])
})

test('a webhook needs a token, unless it is public; then its owner pays', async () => {
  await deploy('closed', { code: 'return 1' })
  assert.equal((await server.ask('GET', '/f/closed')).body.error.code, 'EK_TOKEN_MISSING')
  const owner = await deploy('opened', { code: 'return 1', webhook: { public: true } })
  assert.equal((await server.ask('GET', '/f/opened')).body, 1)
  // A header that is no token of ours is the function's own affair.
  assert.equal((await server.ask('GET', '/f/opened', { headers: { authorization: 'Bearer theirs' } })).body, 1)
  const usage = await server.admin('GET', `/admin/tokens/${owner.id}/usage`)
  assert.equal(usage.body.daily[0].runs, 2)
  await server.admin('DELETE', `/admin/tokens/${owner.id}`)
  const gone = await server.ask('GET', '/f/opened')
  assert.deepEqual([gone.status, gone.body.error.code], [410, 'EK_FUNCTION_OWNER_GONE'])
})

test('a version or alias can be part of the address, and a bad name is 404', async () => {
  const { token } = await deploy('pinned', { code: 'return "old"' })
  await server.ask('PUT', '/v1/functions/pinned', { token, body: { code: 'return "new"' } })
  await server.ask('PUT', '/v1/functions/pinned/aliases/prod', { token, body: { version: 1 } })
  const results = await Promise.all(
    ['pinned', 'pinned@prod', 'pinned@1', 'pinned@2'].map(
      async (target) => (await server.ask('GET', `/f/${target}`, { token })).body,
    ),
  )
  assert.deepEqual(results, ['new', 'old', 'old', 'new'])
  for (const target of ['pinned@', 'pinned@9', 'PINNED', '%2e%2e']) {
    assert.equal((await server.ask('GET', `/f/${target}`, { token })).status, 404, target)
  }
})

test('a result may describe its own answer', async () => {
  const code =
    'return { status: 201, headers: { "Content-Type": "text/csv", "x-a": "b", "Set-Cookie": "s=1" }, body: "a,b" }'
  const { token } = await deploy('csv', { code })
  const answer = await server.ask('GET', '/f/csv', { token })
  assert.deepEqual([answer.status, answer.text], [201, 'a,b'])
  assert.deepEqual(
    ['content-type', 'x-a', 'set-cookie'].map((name) => answer.headers.get(name)),
    ['text/csv', 'b', null],
  )
  const failing = await deploy('failing', { code: 'throw new TypeError("no")' })
  const failed = await server.ask('GET', '/f/failing', { token: failing.token })
  assert.deepEqual([failed.status, failed.body.error.type], [422, 'TypeError'])
})

test('only the exact form is taken for an answer', () => {
  const plain = (result: string): void =>
    assert.deepEqual([webhookResponse(result).status, webhookResponse(result).body], [200, result])
  for (const result of [
    '{"status":"ok"}',
    '{"status":204,"other":1}',
    '{"status":99}',
    '{"status":204.5}',
    '{"status":200,"headers":{"a\\nb":"c"}}',
    '{"status":200,"headers":{"a":"b\\r\\nc: d"}}',
    '{"status":200,"headers":["a"]}',
    '[1]',
    '"{\\"status\\":1}"',
  ])
    plain(result)
  assert.deepEqual(webhookResponse('{"status":204}'), {
    status: 204,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: '',
  })
  assert.equal(webhookResponse('{"body":{"a":1},"status":400}').body, '{"a":1}')
})
