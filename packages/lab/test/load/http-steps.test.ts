import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import type { IncomingMessage } from 'node:http'
import { readBody, sendJson, startServer } from '../support/test-server.ts'
import { runFlow } from '../support/run-flow.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

interface Seen {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** Sends a flow to a server that keeps what it got. */
async function seenBy(flow: readonly unknown[], options: Parameters<typeof runFlow>[2] = {}): Promise<Seen[]> {
  const seen: Seen[] = []
  await using server = await startServer(async (request, response) => {
    seen.push({ method: request.method, url: request.url, headers: request.headers, body: await readBody(request) })
    sendJson(response, { ok: true })
  })
  const result = await runFlow(server.url, flow, options)
  assert.deepEqual(result.errors, [])
  return seen
}

suite('HTTP requests', () => {
  test('every method, the short form, absolute addresses and queries', async () => {
    const methods = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options']
    const seen = await seenBy([...methods.map((method) => ({ [method]: { url: `/${method}` } })), { get: '/short' }])
    assert.deepEqual(
      seen.map(({ method, url }) => `${method ?? ''} ${url ?? ''}`),
      [...methods.map((method) => `${method.toUpperCase()} /${method}`), 'GET /short'],
    )
    const [query] = await seenBy([{ get: { url: '/a?x=1', qs: { name: '{{ v }}', list: [1, 2] } } }], {
      config: { variables: { v: 'a b' } },
    })
    assert.equal(query?.url, '/a?x=1&name=a+b&list=1&list=2')
  })

  test('JSON bodies keep types and drop keys without a value; json wins over body', async () => {
    const [seen] = await seenBy(
      [
        {
          post: {
            url: '/',
            body: 'other',
            json: { n: '{{ n }}', text: 'v{{ n }}', gone: '{{ missing }}', '{{ key }}': [true] },
          },
        },
      ],
      { config: { variables: { n: 7, key: 'made' } } },
    )
    assert.deepEqual(JSON.parse(seen?.body ?? ''), { n: 7, text: 'v7', made: [true] })
    assert.equal(seen?.headers['content-type'], 'application/json')
    assert.equal(seen?.headers['content-length'], String(Buffer.byteLength(seen?.body ?? '')))
  })

  test('plain bodies, forms, and form data with files', async () => {
    await inTemporaryFolder(async (folder) => {
      await writeFile(join(folder, 'cat.txt'), 'miau')
      const seen = await seenBy(
        [
          { post: { url: '/', body: 'x={{ v }}', headers: { 'Content-Type': 'text/plain' } } },
          { post: { url: '/', form: { name: 'Kim & Ann', n: 1 } } },
          {
            post: {
              url: '/',
              formData: {
                name: '{{ v }}',
                file: { fromFile: './cat.txt', contentType: 'text/x-cat' },
                note: { value: 'n', contentType: 'text/x-note' },
              },
            },
          },
        ],
        { config: { variables: { v: 'filled' } }, load: { folder } },
      )
      assert.equal(seen[0]?.body, 'x=filled')
      assert.equal(seen[0]?.headers['content-type'], 'text/plain')
      assert.equal(seen[1]?.body, 'name=Kim+%26+Ann&n=1')
      assert.match(seen[2]?.headers['content-type'] ?? '', /^multipart\/form-data; boundary=/)
      assert.match(seen[2]?.body ?? '', /name="name"\r\n\r\nfilled/)
      assert.match(seen[2]?.body ?? '', /name="file"; filename="cat\.txt"\r\nContent-Type: text\/x-cat\r\n\r\nmiau/)
    })
  })

  test('headers: defaults below those of the step, names without case', async () => {
    const [seen] = await seenBy([{ get: { url: '/', headers: { 'X-Both': 'step', 'x-step': '{{ $uuid }}' } } }], {
      config: {
        http: { defaults: { headers: { 'x-both': 'default', 'X-Default': '{{ v }}' } } },
        variables: { v: 'd' },
      },
    })
    assert.equal(seen?.headers['x-both'], 'step')
    assert.equal(seen?.headers['x-default'], 'd')
    assert.match(String(seen?.headers['x-step']), /^[0-9a-f-]{36}$/)
    assert.equal(seen?.headers['user-agent'], 'evenkeel-lab')
  })

  test('basic authentication and trace context', async () => {
    const [seen] = await seenBy([{ get: { url: '/', auth: { user: '{{ u }}', pass: 'p:w' } } }], {
      config: { variables: { u: 'kim' }, http: { distributedTracing: { traceIdPrefix: 'a9' } } },
    })
    assert.equal(seen?.headers.authorization, `Basic ${Buffer.from('kim:p:w').toString('base64')}`)
    assert.match(String(seen?.headers['traceparent']), /^00-a9[0-9a-f]{30}-[0-9a-f]{16}-01$/)
  })

  test('redirects are followed, each hop is counted, and a POST becomes a GET', async () => {
    const seen: string[] = []
    await using server = await startServer((request, response) => {
      seen.push(`${request.method ?? ''} ${request.url ?? ''}`)
      if (request.url === '/from') response.writeHead(302, { location: '/to' })
      response.end('x')
    })
    const result = await runFlow(server.url, [
      { post: { url: '/from', body: 'x' } },
      { get: { url: '/from', followRedirect: false } },
    ])
    assert.deepEqual(seen, ['POST /from', 'GET /to', 'GET /from'])
    assert.deepEqual(result.codes, { 200: 1, 302: 2 })
    assert.equal(result.requests.responses, 3)
  })

  test('a circle of redirects fails the user', async () => {
    await using server = await startServer((_request, response) => {
      response.writeHead(302, { location: '/' })
      response.end()
    })
    const result = await runFlow(server.url, [{ get: { url: '/' } }])
    assert.equal(result.counters['errors.ERR_TOO_MANY_REDIRECTS'], 1)
  })

  test('cookies: defaults, those of the step, and those of the server in later requests of the same user', async () => {
    const cookies: (string | undefined)[] = []
    await using server = await startServer((request, response) => {
      cookies.push(request.headers.cookie)
      if (request.url === '/set') response.setHeader('set-cookie', ['session=abc; Path=/', '=; ; ;'])
      response.end()
    })
    const result = await runFlow(
      server.url,
      [{ get: { url: '/set', cookie: { own: '{{ v }}' } } }, { get: { url: '/' } }],
      {
        config: { http: { defaults: { cookie: { theme: 'dark' } } }, variables: { v: 1 } },
      },
    )
    assert.equal(cookies[0], 'theme=dark; own=1')
    assert.equal(cookies[1], 'theme=dark; own=1; session=abc')
    assert.equal(result.users.completed, 1)
  })

  test('compressed answers are read by captures', async () => {
    const page = JSON.stringify({ id: 7 })
    await using server = await startServer((request, response) => {
      const encoding = request.url?.slice(1) ?? ''
      response.setHeader('content-encoding', encoding)
      response.end(encoding === 'br' ? brotliCompressSync(page) : gzipSync(page))
    })
    const capture = { json: '$.id', as: 'id' }
    const result = await runFlow(server.url, [{ get: { url: '/gzip', capture } }, { get: { url: '/br', capture } }])
    assert.deepEqual(result.errors, [])
  })

  test('each user has a connection of its own, kept for all its requests', async () => {
    const ports = new Set<number | undefined>()
    await using server = await startServer((request, response) => {
      ports.add(request.socket.remotePort)
      response.end()
    })
    const result = await runFlow(server.url, [{ loop: [{ get: { url: '/' } }], count: 5 }], { users: 4 })
    assert.equal(ports.size, 4)
    assert.equal(result.requests.connections, 4)
    assert.equal(result.latency.connect.count, 4)
  })

  test('a pool shares its connections between all users', async () => {
    const ports = new Set<number | undefined>()
    await using server = await startServer((request, response) => {
      ports.add(request.socket.remotePort)
      setTimeout(() => response.end(), 5)
    })
    const result = await runFlow(server.url, [{ get: { url: '/' } }], { users: 10, config: { http: { pool: 2 } } })
    assert.equal(ports.size, 2)
    assert.equal(result.users.completed, 10)
  })
})

suite('parallel steps', () => {
  async function most(config: Record<string, unknown>, limit?: number): Promise<number> {
    let running = 0
    let highest = 0
    await using server = await startServer((_request, response) => {
      highest = Math.max(highest, ++running)
      setTimeout(() => {
        running--
        response.end()
      }, 40)
    })
    const step = {
      parallel: Array.from({ length: 4 }, () => ({ get: { url: '/' } })),
      ...(limit === undefined ? {} : { limit }),
    }
    const result = await runFlow(server.url, [step], { config })
    assert.equal(result.requests.responses, 4)
    return highest
  }

  test('run side by side on connections of their own', async () => {
    assert.equal(await most({}), 4)
    assert.equal(await most({ http: { maxSockets: 4 } }), 4)
  })

  test('keep to the limit of the step, and to the sockets of the user', async () => {
    assert.equal(await most({}, 2), 2)
    assert.equal(await most({ http: { maxSockets: 1 } }), 1)
  })
})
