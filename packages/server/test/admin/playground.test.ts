import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1 } })
})
after(() => server[Symbol.asyncDispose]())

test('the root leads to the page, which allows nothing from elsewhere and nothing inline', async () => {
  const root = await fetch(`${server.server.adminUrl}/`, { redirect: 'manual' })
  assert.deepEqual([root.status, root.headers.get('location')], [302, '/playground'])
  const [first, second] = [await server.admin('GET', '/playground'), await server.admin('GET', '/playground')]
  assert.equal(first.status, 200)
  assert.match(first.headers.get('content-type') ?? '', /^text\/html/)
  const policy = first.headers.get('content-security-policy') ?? ''
  for (const part of ["default-src 'none'", "script-src 'self';", "frame-ancestors 'none'", "connect-src 'self'"])
    assert.ok(policy.includes(part), part)
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? assert.fail('no nonce')
  assert.ok(first.text.includes(`nonce="${nonce}"`))
  assert.ok(!(second.headers.get('content-security-policy') ?? '').includes(nonce))
  assert.doesNotMatch(first.text, /\b(?:src|href)="(?!\/playground\/|#)/)
})

test('its files are kept by browsers until they change', async () => {
  for (const [name, type] of [
    ['app.js', /^text\/javascript/],
    ['app.css', /^text\/css/],
    ['icon.svg', /^image\/svg/],
    ['licenses.txt', /^text\/plain/],
  ] as const) {
    const file = await server.admin('GET', `/playground/${name}`)
    assert.equal(file.status, 200, name)
    assert.match(file.headers.get('content-type') ?? '', type)
    const headers = { 'if-none-match': file.headers.get('etag') ?? '' }
    assert.equal((await server.admin('GET', `/playground/${name}`, { headers })).status, 304)
  }
  assert.equal((await server.admin('POST', '/playground')).status, 405)
  assert.equal((await server.admin('GET', '/playground/other.js')).status, 404)
})

test('under /admin the API is the public one, for the scope "admin" and no other', async () => {
  const admin = await server.token({ scopes: ['admin'] })
  const plain = await server.token()
  const headers = { 'x-forwarded-for': '203.0.113.9' }
  const code = 'return input.length'
  const input = 'x'.repeat(100_000)
  const run = (token?: string): ReturnType<TestServer['admin']> =>
    server.admin('POST', '/admin/v1/run', { body: { code, input }, headers, ...(token === undefined ? {} : { token }) })
  assert.deepEqual([(await run(admin.token)).body.result, (await run(plain.token)).status], [100_000, 403])
  assert.equal((await run()).status, 401)
  assert.equal((await server.ask('POST', '/v1/run', { token: admin.token, body: { code } })).status, 403)
  const put = await server.admin('PUT', '/admin/v1/functions/mine', {
    token: admin.token,
    headers,
    body: { code: 'return input.n * 2' },
  })
  assert.equal(put.status, 201)
  const invoked = await server.admin('POST', '/admin/v1/functions/mine/invoke', {
    token: admin.token,
    headers,
    body: { input: { n: 4 } },
  })
  assert.equal(invoked.body.result, 8)
  const listed = await server.admin('GET', '/admin/v1/executions', { token: admin.token, headers })
  assert.equal(listed.body.items.length, 2)
  assert.equal((await server.admin('GET', '/admin/v1/run')).status, 405)
})
