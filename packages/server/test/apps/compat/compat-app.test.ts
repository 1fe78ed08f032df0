import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createServer, type CompatApp } from '../../../src/apps/compat/compat-app.host.ts'
import type { CompatOptions } from '../../../src/apps/compat/compat-types.ts'
import { ask, later } from './ask.ts'

test('one path, five methods, each its own handler', async () => {
  const app = createServer()
  for (const method of ['get', 'post', 'put', 'delete', 'patch'] as const)
    app[method]('/api/user', (req, res) => res.json({ method: req.method }))
  for (const method of ['GET', 'POST', 'PUT', 'DELETE', 'PATCH'])
    assert.deepEqual(await (await ask(app, '/api/user', { method })).json(), { method })
})

test('404, 405 with Allow, HEAD as GET, OPTIONS, and none of them when strict', async () => {
  const routes = (options: CompatOptions): CompatApp =>
    createServer(options)
      .get('/a/:id', (req, res) => res.send(`a ${req.params['id']}`))
      .post('/a/:id', (_req, res) => res.send('posted'))
  const app = routes({})
  assert.equal((await ask(app, '/none')).status, 404)
  const refused = await ask(app, '/a/1', { method: 'DELETE' })
  assert.deepEqual([refused.status, refused.headers.get('allow')], [405, 'GET, HEAD, OPTIONS, POST'])
  const head = await ask(app, '/a/1', { method: 'HEAD' })
  assert.deepEqual(
    [head.status, head.headers.get('content-type'), await head.text()],
    [200, 'text/plain; charset=utf-8', ''],
  )
  const options = await ask(app, '/a/1', { method: 'OPTIONS' })
  assert.deepEqual([options.status, options.headers.get('allow')], [204, 'GET, HEAD, OPTIONS, POST'])
  const strict = routes({ strict: true })
  for (const method of ['HEAD', 'OPTIONS']) {
    const response = await ask(strict, '/a/1', { method })
    assert.deepEqual([response.status, response.headers.get('allow')], [405, 'GET, POST'])
  }
})

test('a fixed path comes before a parameter, whatever the order, and a slash at the end changes nothing', async () => {
  const app = createServer()
    .get('/users/:id', (req, res) => res.send(`id ${req.params['id']}`))
    .get('/users/me', (_req, res) => res.send('me'))
    .get('/files/*', (req, res) => res.send(`rest ${req.params['*']}`))
    .get('/', (_req, res) => res.send('root'))
  for (const [path, text] of [
    ['/users/me', 'me'],
    ['/users/me/', 'me'],
    ['/users/7', 'id 7'],
    ['/users/%C5%BElu%C5%A5', 'id žluť'],
    ['/users/a%2Fb', 'id a/b'],
    ['/files/x/y', 'rest x/y'],
    ['/', 'root'],
  ])
    assert.equal(await (await ask(app, path ?? '')).text(), text)
  assert.equal((await ask(app, '/users/%zz')).status, 400)
})

test('a route that is registered twice, or is none, is refused at the start with both places', () => {
  const app = createServer().get('/a/:id', (_req, res) => res.send('1'))
  assert.throws(() => app.get('/a/:name', (_req, res) => res.send('2')), {
    code: 'EK_COMPAT_ROUTE',
    message:
      /^GET \/a\/:name is registered twice: at compat\/compat-app\.test\.ts:\d+ and at compat\/compat-app\.test\.ts:\d+$/,
  })
  assert.throws(() => app.get('no-slash', () => undefined), {
    code: 'EK_COMPAT_ROUTE',
    message: /"no-slash" must begin with "\/"/,
  })
  assert.throws(() => app.route('FLY', '/x', () => undefined), {
    code: 'EK_COMPAT_ROUTE',
    message: /"FLY" is no HTTP method/,
  })
  assert.throws(() => app.get('/b'), /A handler must be a function, not nothing/)
  assert.throws(() => app.use('text' as never, 7 as never), /A handler must be a function, not number/)
})

test('what a request says is at hand: query and parameters apart, headers, cookies, body', async () => {
  const app = createServer().post('/echo/:id', (req, res) => {
    const {
      method,
      url,
      path,
      query,
      params,
      cookies,
      protocol,
      secure,
      hostname,
      host,
      xhr,
      ip,
      userAgent,
      body,
      json,
      form,
    } = req
    res.json({
      method,
      url,
      path,
      query,
      params,
      cookies,
      protocol,
      secure,
      hostname,
      host,
      xhr,
      ip,
      userAgent,
      body,
      json,
      form: form ?? null,
      isJson: req.is('json'),
      header: req.get('X-Test'),
    })
  })
  const response = await ask(app, '/echo/7?id=8&tag=a&tag=b', {
    method: 'POST',
    body: '{"b":1,"a":2}',
    headers: {
      'content-type': 'application/json; charset=utf-8',
      cookie: 'c=1',
      'x-test': 'yes',
      'x-requested-with': 'XMLHttpRequest',
      'user-agent': 'test',
    },
  })
  assert.deepEqual(await response.json(), {
    method: 'POST',
    url: '/echo/7?id=8&tag=a&tag=b',
    path: '/echo/7',
    query: { id: '8', tag: ['a', 'b'] },
    params: { id: '7' },
    cookies: { c: '1' },
    protocol: 'http',
    secure: false,
    hostname: 'localhost',
    host: 'localhost:3000',
    xhr: true,
    ip: '127.0.0.1',
    userAgent: 'test',
    body: '{"b":1,"a":2}',
    json: { b: 1, a: 2 },
    form: null,
    isJson: true,
    header: 'yes',
  })
})

test('forms, malformed JSON, binary bodies and bodies that are too large', async () => {
  const app = createServer({ maxBodyBytes: 1_000 })
    .post('/form', (req, res) => res.json({ ...req.form }))
    .post('/bytes', (req, res) => res.send(req.bytes))
    .post('/json', (req, res) => res.json(req.json ?? 'nothing'))
  const form = await ask(app, '/form', {
    method: 'POST',
    body: new URLSearchParams([
      ['a', '1'],
      ['a', '2'],
      ['b', '%'],
    ]),
  })
  assert.deepEqual(await form.json(), { a: ['1', '2'], b: '%' })
  const bytes = new Uint8Array(256).map((_, index) => index)
  const binary = await ask(app, '/bytes', { method: 'POST', body: bytes })
  assert.deepEqual([binary.headers.get('content-type'), await binary.bytes()], ['application/octet-stream', bytes])
  const headers = { 'content-type': 'application/json' }
  const malformed = await ask(app, '/json', { method: 'POST', body: '{"a":', headers })
  assert.equal(malformed.status, 400)
  assert.equal(((await malformed.json()) as { error: { code: string } }).error.code, 'EK_REQUEST_MALFORMED')
  assert.equal(await (await ask(app, '/json', { method: 'POST', headers })).json(), 'nothing')
  const large = await ask(app, '/bytes', { method: 'POST', body: 'x'.repeat(1_001) })
  assert.equal(large.status, 413)
})

test('answers: text, bytes, JSON in its own order, HTML, headers, cookies, redirects', async () => {
  const app = createServer()
    .get('/json', (_req, res) =>
      res
        .status(201)
        .header('X-A', '1')
        .json({ b: '<&>', a: [new Date(0)], none: undefined }),
    )
    .get('/html', (_req, res) => res.html('<p>'))
    .get('/cookies', (_req, res) =>
      res.cookie('a', '1', { secure: false }).cookie('b', '2').header('Set-Cookie', 'c=3').send(),
    )
    .get('/away', (_req, res) => res.redirect('/json'))
    .get('/moved', (_req, res) => res.redirect('https://example.com/', 301))
  const json = await ask(app, '/json')
  assert.deepEqual(
    [json.status, json.headers.get('x-a'), json.headers.get('content-type')],
    [201, '1', 'application/json; charset=utf-8'],
  )
  assert.equal(await json.text(), '{"b":"<&>","a":["1970-01-01T00:00:00.000Z"]}')
  assert.equal((await ask(app, '/html')).headers.get('content-type'), 'text/html; charset=utf-8')
  assert.deepEqual(
    (await ask(app, '/cookies')).headers.getSetCookie().map((each) => each.split(';')[0]),
    ['a=1', 'b=2', 'c=3'],
  )
  assert.deepEqual(
    [(await ask(app, '/away')).status, (await ask(app, '/away')).headers.get('location')],
    [302, '/json'],
  )
  assert.equal((await ask(app, '/moved')).status, 301)
})

test('a handler may answer later, and a promise is waited for', async () => {
  const app = createServer()
    .get('/timer', (_req, res) => void setTimeout(() => res.json({ late: true }), 20))
    .get('/async', async (_req, res) => {
      await later()
      res.send('async')
    })
    .get('/returned', async () => new Response('returned', { status: 202 }))
  assert.deepEqual(await (await ask(app, '/timer')).json(), { late: true })
  assert.equal(await (await ask(app, '/async')).text(), 'async')
  assert.equal((await ask(app, '/returned')).status, 202)
})

test('a status alone is the answer, without a body', async () => {
  const app = createServer()
    .get('/sync', (_req, res) => res.status(404))
    .get('/async', async (_req, res) => {
      await later()
      res.status(204)
    })
  const sync = await ask(app, '/sync')
  assert.deepEqual([sync.status, await sync.text()], [404, ''])
  assert.equal((await ask(app, '/async')).status, 204)
})

const throwing: readonly [name: string, handler: Parameters<CompatApp['get']>[1], message: RegExp][] = [
  ['throws', () => assert.fail('sync'), /sync/],
  ['rejects', async () => later().then(() => assert.fail('async')), /async/],
  ['sends a cycle', (_req, res) => res.json(Object.assign([], { 0: globalThis })), /circular/i],
  ['sends a BigInt', (_req, res) => res.json({ n: 1n }), /BigInt/],
  ['sends a function as JSON', (_req, res) => res.json(() => 1), /type function cannot be written as JSON/],
  ['sets a status that is none', (_req, res) => res.status(99), /from 200 to 599, not 99/],
  ['redirects to a script', (_req, res) => res.redirect('javascript:alert(1)'), /cannot redirect/],
  ['passes an error on', (_req, _res, next) => next(new Error('passed')), /passed/],
]
for (const [name, handler, message] of throwing) {
  test(`a handler that ${name} fails the request, which the runtime answers with 500`, async () => {
    const app = createServer().get('/', handler)
    if (name === 'redirects to a script') assert.equal((await ask(app, '/')).status, 400)
    else await assert.rejects(ask(app, '/'), message)
  })
}

test('NaN is null, as JSON.stringify has it', async () => {
  const app = createServer().get('/', (_req, res) => res.json({ n: Number.NaN }))
  assert.equal(await (await ask(app, '/')).text(), '{"n":null}')
})

test('a second answer is an error of the handler; the client keeps the first', async (t) => {
  const logged = t.mock.method(console, 'error', () => undefined)
  const app = createServer().get('/', (_req, res) => {
    res.send('first')
    res.send('second')
  })
  assert.equal(await (await ask(app, '/')).text(), 'first')
  await later()
  assert.match(String(logged.mock.calls[0]?.arguments[1]), /sent already/)
})

test('options of other runtimes are accepted; an app that was closed answers 503', async () => {
  for (const options of [
    {},
    null,
    undefined,
    { readTimeout: 10, writeTimeout: 'x', idleTimeout: null, maxHeaderBytes: {} },
  ])
    assert.ok(createServer(options))
  assert.throws(() => createServer({ maxBodyBytes: -1 }), { code: 'EK_CONFIG_INVALID' })
  const app = createServer().get('/', (_req, res) => res.send('x'))
  await app.close()
  assert.equal((await ask(app, '/')).status, 503)
})

test('a thousand routes answer as one does', async () => {
  const app = createServer()
  for (let n = 0; n < 1_000; n += 1) app.get(`/r${n}/:id/end`, (req, res) => res.json({ n, id: req.params['id'] }))
  assert.deepEqual(await (await ask(app, '/r999/x/end')).json(), { n: 999, id: 'x' })
  assert.deepEqual(await (await ask(app, '/r0/y/end')).json(), { n: 0, id: 'y' })
})

test('a thousand routes add less than a twentieth to what a request takes', async () => {
  const few = createServer().get('/only/:id/end', (_req, res) => res.send('x'))
  const many = createServer()
  for (let n = 0; n < 1_000; n += 1) many.get(`/r${n}/:id/end`, (_req, res) => res.send('x'))
  const times = { few: [] as number[], many: [] as number[] }
  const isWithin = (): boolean => Math.min(...times.many) < Math.min(...times.few) * 1.05
  // The least of many rounds in turns is what a busy machine lets through undisturbed: the busier, the more rounds it takes.
  for (let round = 0; round < 40 || (round < 400 && !isWithin()); round += 1) {
    times.few.push(await requestsMs(few, '/only/x/end'))
    times.many.push(await requestsMs(many, '/r999/x/end'))
  }
  assert.ok(isWithin(), `${Math.min(...times.many)} ms with a thousand, ${Math.min(...times.few)} ms with one`)
})

async function requestsMs(app: CompatApp, path: string): Promise<number> {
  const startedAtMs = performance.now()
  for (let asked = 0; asked < 50; asked += 1) await (await ask(app, path)).text()
  return performance.now() - startedAtMs
}
