import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { test } from 'node:test'
import { AdminGuard } from '../../src/apps/direct/admin-guard.ts'
import { fetchApp, tempApp } from '../support/temp-app.ts'

const app = { 'app.js': fetchApp("return new Response('ok')") }
const token = 'a-token-of-the-operator'

interface Answer {
  readonly status: number
  readonly code: string | undefined
}

/** `fetch` sets some of these headers by itself. */
async function send(root: string, path: string, headers: Record<string, string>): Promise<Answer> {
  const asked = request(new URL(path, root), { method: path === '/admin/reload' ? 'POST' : 'GET', headers }).end()
  const [response] = (await once(asked, 'response')) as [NodeJS.ReadableStream & { statusCode: number }]
  let text = ''
  for await (const chunk of response) text += String(chunk)
  const code = /"code":"(\w+)"/.exec(text)?.[1]
  return { status: response.statusCode, code }
}

test('an admin address that other machines reach is refused without a token', async () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.1', '127.0.0.1.example.com'])
    await assert.rejects(tempApp(app, { admin: { host, port: 0 } }), { code: 'EK_PUBLIC_WITHOUT_TOKENS' }, host)
  for (const short of ['', 'short', 'with a space in the token'])
    await assert.rejects(tempApp(app, { admin: { token: short } }), { code: 'EK_CONFIG_INVALID' })
})

test('pages of other origins may not use the admin listener of an app', async () => {
  await using running = await tempApp(app)
  const root = running.app.adminUrl ?? ''
  const { host, port } = new URL(root)
  const pages: readonly Record<string, string>[] = [
    { origin: 'https://attacker.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { host: `rebound.example:${port}` },
  ]
  for (const path of ['/admin/app', '/admin/reload', '/metrics']) {
    for (const headers of pages)
      assert.deepEqual(await send(root, path, headers), { status: 403, code: 'EK_FOREIGN_PAGE' }, path)
    assert.equal((await send(root, path, { origin: `http://${host}` })).status, 200)
    assert.equal((await send(root, path, {})).status, 200)
  }
  assert.equal(running.app.state.reloads, 2)
})

test('with a token, others need it; a wrong one is refused, and tried often enough, slowed down', async () => {
  await using running = await tempApp(app, { admin: { host: '0.0.0.0', port: 0, token } })
  const root = `http://127.0.0.1:${new URL(running.app.adminUrl ?? '').port}`
  const forwarded = { 'x-forwarded-for': '127.0.0.1' }
  assert.deepEqual(await send(root, '/metrics', forwarded), { status: 401, code: 'EK_TOKEN_MISSING' })
  assert.deepEqual(await send(root, '/nothing', forwarded), { status: 401, code: 'EK_TOKEN_MISSING' })
  assert.equal((await send(root, '/ready', forwarded)).status, 200)
  const bearer = { ...forwarded, authorization: `Bearer ${token}` }
  assert.equal((await send(root, '/metrics', bearer)).status, 200)
  const wrong = { authorization: 'Bearer another-token-of-somebody' }
  const answers: (string | undefined)[] = []
  for (let tried = 0; tried < 40; tried += 1) answers.push((await send(root, '/metrics', wrong)).code)
  assert.equal(answers[0], 'EK_TOKEN_INVALID')
  assert.equal(answers.at(-1), 'EK_AUTH_THROTTLED')
  assert.equal((await send(root, '/metrics', bearer)).status, 200)
})

test('a token is no way in where none is set', () => {
  const guard = new AdminGuard(undefined)
  const headers = { host: '127.0.0.1', authorization: `Bearer ${token}` }
  const asked = { headers, socket: { remoteAddress: '192.0.2.1' } } as unknown as Parameters<AdminGuard['refusalOf']>[0]
  assert.equal(guard.refusalOf(asked, '/metrics')?.code, 'EK_TOKEN_INVALID')
})
