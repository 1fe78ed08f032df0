import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer()
})
after(() => server[Symbol.asyncDispose]())

const cases: readonly {
  readonly name: string
  readonly body: string
  readonly status: number
  readonly code: string
  readonly says: string
}[] = [
  { name: 'JSON that does not parse', body: '{"code":', status: 400, code: 'EK_REQUEST_MALFORMED', says: 'JSON' },
  {
    name: 'a key that could change a prototype',
    body: '{"code":"return 1","input":{"__proto__":{"a":1}}}',
    status: 400,
    code: 'EK_REQUEST_MALFORMED',
    says: '"__proto__"',
  },
  { name: 'no body', body: '', status: 400, code: 'EK_REQUEST_MALFORMED', says: 'empty' },
  { name: 'an array', body: '[]', status: 400, code: 'EK_REQUEST_INVALID', says: 'object' },
  { name: 'no code', body: '{}', status: 400, code: 'EK_REQUEST_INVALID', says: '"code" is missing' },
  { name: 'empty code', body: '{"code":""}', status: 400, code: 'EK_REQUEST_INVALID', says: '"code"' },
  {
    name: 'code of the wrong type',
    body: '{"code":7}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"code" must be string',
  },
  {
    name: 'an unknown key',
    body: '{"code":"return 1","timeout":5}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"timeout" is unknown',
  },
  {
    name: 'an unknown limit',
    body: '{"code":"return 1","limits":{"wall":5}}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"limits.wall" is unknown',
  },
  {
    name: 'a limit that is text',
    body: '{"code":"return 1","limits":{"wallMs":"5"}}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"limits.wallMs"',
  },
  {
    name: 'a limit of zero',
    body: '{"code":"return 1","limits":{"wallMs":0}}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"limits.wallMs"',
  },
  {
    name: 'a limit above the maximum',
    body: '{"code":"return 1","limits":{"wallMs":999999}}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '30000',
  },
  {
    name: 'an unknown language',
    body: '{"code":"return 1","language":"py"}',
    status: 400,
    code: 'EK_REQUEST_INVALID',
    says: '"language"',
  },
  {
    name: 'code above its limit',
    body: JSON.stringify({ code: `return 1 //${'x'.repeat(65_536)}` }),
    status: 413,
    code: 'EK_BLOCK_CODE_TOO_LARGE',
    says: '65536',
  },
  {
    name: 'input above its limit',
    body: JSON.stringify({ code: 'return 1', input: 'x'.repeat(2_200_000) }),
    status: 413,
    code: 'EK_BLOCK_INPUT_TOO_LARGE',
    says: '"input"',
  },
  {
    name: 'a body of 10 MiB',
    body: 'x'.repeat(10_485_760),
    status: 413,
    code: 'EK_REQUEST_TOO_LARGE',
    says: 'too large',
  },
]

for (const each of cases) {
  test(`${each.name} is answered ${each.status} ${each.code}, and the connection stays usable`, async () => {
    const connection = await Connection.open(new URL(server.server.url))
    try {
      const bad = await connection.post('/v1/run', each.body)
      assert.equal(bad.status, each.status, bad.text)
      const { error } = JSON.parse(bad.text) as { error: { code: string; message: string; fault: string } }
      assert.equal(error.code, each.code)
      assert.equal(error.fault, 'caller')
      assert.ok(error.message.includes(each.says), error.message)
      const good = await connection.post('/v1/run', '{"code":"return 1"}')
      assert.equal(good.status, 200, good.text)
    } finally {
      connection.close()
    }
  })
}

test('a query that may be one of a few values says which', async () => {
  const { status, body } = await server.ask('GET', '/v1/executions?status=wrong')
  assert.deepEqual(
    [status, body.error.message],
    [400, 'the field "status" must be one of "succeeded", "failed", "refused", "cancelled"'],
  )
})

test('a request without a body may carry the type of one, where none is wanted', async () => {
  const headers = { 'content-type': 'application/json' }
  await server.ask('PUT', '/v1/functions/short', { body: { code: 'return 1' } })
  assert.equal((await server.ask('DELETE', '/v1/functions/short', { headers })).status, 204)
  assert.equal((await server.ask('POST', '/v1/run', { headers })).status, 400)
})

test('a wrong method is answered 405 with Allow', async () => {
  const response = await fetch(`${server.server.url}/v1/run`)
  assert.equal(response.status, 405)
  assert.equal(response.headers.get('allow'), 'POST')
  assert.equal(((await response.json()) as { error: { code: string } }).error.code, 'EK_METHOD_NOT_ALLOWED')
})

test('a wrong path is answered 404 and named', async () => {
  const response = await fetch(`${server.server.url}/v1/walk?secret=1`)
  assert.equal(response.status, 404)
  const { error } = (await response.json()) as { error: { code: string; message: string } }
  assert.equal(error.code, 'EK_ROUTE_NOT_FOUND')
  assert.equal(error.message, 'nothing is served at "/v1/walk"')
})

test('a body that is not JSON by its type is answered 415', async () => {
  const answer = await server.post('return 1', { 'content-type': 'text/plain' })
  assert.equal(answer.status, 415)
  assert.equal(answer.body.error?.code, 'EK_REQUEST_MEDIA_TYPE')
})

interface Reply {
  readonly status: number
  readonly text: string
}

/** One TCP connection on which requests are sent whatever the answers say. */
class Connection {
  readonly #socket: Socket
  readonly #lines: AsyncIterator<Buffer>
  #received: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.#socket = socket
    this.#lines = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  }

  static async open(url: URL): Promise<Connection> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    return new Connection(socket)
  }

  async post(path: string, body: string): Promise<Reply> {
    const head = `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`
    this.#socket.write(head + body)
    const headers = (await this.#readUntil((bytes) => bytes.indexOf('\r\n\r\n') + 4)).toString()
    const length = Number(/content-length: (\d+)/i.exec(headers)?.[1] ?? assert.fail(headers))
    const text = (await this.#readUntil((bytes) => (bytes.length >= length ? length : -1))).toString()
    return { status: Number(headers.split(' ')[1]), text }
  }

  close(): void {
    this.#socket.destroy()
  }

  /** Takes the bytes up to the end that `endOf` finds; below 4 it found none, unless the part is empty. */
  async #readUntil(endOf: (bytes: Buffer) => number): Promise<Buffer> {
    for (;;) {
      const end = endOf(this.#received)
      if (end > 3) {
        const part = this.#received.subarray(0, end)
        this.#received = this.#received.subarray(end)
        return part
      }
      const { value, done } = await this.#lines.next()
      if (done === true) assert.fail('the server closed the connection')
      this.#received = Buffer.concat([this.#received, value])
    }
  }
}
