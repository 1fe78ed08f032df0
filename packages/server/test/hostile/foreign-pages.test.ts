import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1 } })
})
after(() => server[Symbol.asyncDispose]())

interface Told {
  readonly status: number
  readonly code: string | undefined
}

/** As a browser on this machine would send it: `fetch` of Node does not let the headers be chosen. */
function send(url: string, path: string, headers: Record<string, string>): Promise<Told> {
  return new Promise((resolve, reject) => {
    const sent = request(
      url + path,
      { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => {
          const { error } = JSON.parse(text) as { error?: { code: string } }
          resolve({ status: response.statusCode ?? 0, code: error?.code })
        })
      },
    )
    sent.on('error', reject)
    sent.end('{"code":"return 1"}')
  })
}

const foreign: Readonly<Record<string, Record<string, string>>> = {
  'another site': { 'sec-fetch-site': 'cross-site' },
  'another port of this machine': { 'sec-fetch-site': 'same-site' },
  'another origin, from a browser without fetch metadata': { origin: 'https://evil.example' },
  'a sandboxed frame': { origin: 'null' },
  'a name that was made to resolve to this machine': { host: 'evil.example:3001', origin: 'http://evil.example:3001' },
}

for (const [who, headers] of Object.entries(foreign)) {
  test(`a page of ${who} is no program of this machine`, async () => {
    const { url, adminUrl } = server.server
    for (const [root, path] of [
      [url, '/v1/run'],
      [adminUrl, '/admin/v1/run'],
      [adminUrl, '/admin/tokens'],
    ] as const)
      assert.deepEqual(await send(root, path, headers), { status: 403, code: 'EK_FOREIGN_PAGE' }, path)
  })
}

test('a page of this server, a program and an address typed by hand are served', async () => {
  const { url, adminUrl } = server.server
  const own = { 'sec-fetch-site': 'same-origin', origin: adminUrl }
  assert.equal((await send(adminUrl, '/admin/v1/run', own)).status, 200)
  assert.equal((await send(url, '/v1/run', {})).status, 200)
  assert.equal((await send(url, '/v1/run', { 'sec-fetch-site': 'none' })).status, 200)
  const port = new URL(url).port
  assert.equal((await send(url, '/v1/run', { host: `localhost:${port}` })).status, 200)
})

test('with a token, where a page comes from does not matter: no browser sends one by itself', async () => {
  const { token } = await server.token()
  const headers = { origin: 'https://app.example', 'sec-fetch-site': 'cross-site', authorization: `Bearer ${token}` }
  assert.equal((await send(server.server.url, '/v1/run', headers)).status, 200)
})
