import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2'
import { request } from 'node:https'
import { test } from 'node:test'
import { issueCertificate } from '../support/certificate.ts'
import {
  answerSeen,
  fetchApp,
  noHurry,
  tempApp,
  tempFolder,
  until,
  type Seen,
  type TempApp,
} from '../support/temp-app.ts'

const source = fetchApp(
  `
  const untilUs = process.threadCpuUsage().user + 60_000
  while (process.threadCpuUsage().user < untilUs);
  if (url.pathname === '/throw') throw new Error('after long work')
  if (url.pathname === '/exit' && url.searchParams.has('die')) process.exit(3)
  if (url.pathname === '/never') { console.log('waits'); request.signal.addEventListener('abort', () => console.log('aborted ' + process.pid)); await new Promise(() => {}) }
  if (url.pathname === '/stream') return new Response(new ReadableStream({
    pull(controller) { controller.enqueue(new Uint8Array(65_536)) }, cancel() { console.log('cancelled ' + process.pid) } }, { highWaterMark: 0 }))
  if (url.pathname === '/echo') return new Response((await request.bytes()).reverse(), { status: 201, headers: [['set-cookie', 'a=1'], ['set-cookie', 'b=2'], ['x-pid', String(process.pid)]] })${answerSeen}`,
)

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

/** An app behind TLS whose long requests are passed on. */
async function secureApp(): Promise<{ readonly running: TempApp } & AsyncDisposable> {
  using stack = new DisposableStack()
  const { folder } = stack.use(tempFolder({}))
  const running = await tempApp(
    { 'app.js': source },
    { slowLane: true, limits: noHurry, tls: issueCertificate(folder, 'lane') },
  )
  const folders = stack.move()
  const dispose = async (): Promise<void> => {
    await running[Symbol.asyncDispose]()
    folders.dispose()
  }
  return { running, [Symbol.asyncDispose]: dispose }
}

async function overHttp1({ url }: TempApp, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const sent = request(url + path, { rejectUnauthorized: false, agent: false, headers })
  sent.end()
  const [response] = (await once(sent, 'response')) as [
    AsyncIterable<Buffer> & { statusCode: number; headers: IncomingHttpHeaders },
  ]
  return { status: response.statusCode, headers: response.headers, body: await read(response) }
}

function http2Session({ url }: TempApp): ClientHttp2Session & Disposable {
  const session = connect(url, { rejectUnauthorized: false })
  return Object.assign(session, { [Symbol.dispose]: () => session.destroy() })
}

async function overHttp2(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body: readonly Uint8Array[] = [],
): Promise<Answer> {
  const stream = session.request(headers)
  for (const chunk of body) stream.write(chunk)
  stream.end()
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }]
  return { status: answered[':status'], headers: answered, body: await read(stream) }
}

async function read(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(chunk)
  return Buffer.concat(chunks)
}

function seen({ status, body }: Answer): Seen {
  assert.equal(status, 200, body.toString())
  return JSON.parse(body.toString()) as Seen
}

/** Asks until a runtime answers that accepts no connections. */
async function passedOn({ app }: TempApp, ask: () => Promise<Answer>): Promise<Seen> {
  let last: Seen | undefined
  await until(async () => {
    last = seen(await ask())
    return !app.pids().includes(last.pid)
  })
  if (last === undefined) throw new Error('nothing was asked')
  return last
}

/** Asks until requests of the path go where `/burn` does; whatever they are answered with. */
async function learned(running: TempApp, session: ClientHttp2Session, path: string): Promise<void> {
  for (let round = 0; round < 3; round += 1) await overHttp2(session, { ':path': path, ':method': 'POST' }, [])
  await passedOn(running, () => overHttp2(session, { ':path': '/burn' }))
}

test('long requests over TLS', async (context) => {
  await using secure = await secureApp()
  const { running } = secure
  await context.test(
    'long requests over HTTPS and over HTTP/2 are passed on with scheme, host, headers and address of the visitor',
    () => seesTheSame(running),
  )
  await context.test('a visitor who resets a stream of HTTP/2 ends the work in the lane, and nothing else', () =>
    ends(running),
  )
  await context.test('over HTTP/2 bodies, cookies, statuses and errors of the lane arrive as they are', () =>
    answersTheSame(running),
  )
})

async function seesTheSame(running: TempApp): Promise<void> {
  using session = http2Session(running)
  const headers = { 'x-own': 'a', cookie: 'c=1; d=2' }
  const ask1 = (): Promise<Answer> => overHttp1(running, '/burn?over=1', headers)
  const ask2 = (): Promise<Answer> => overHttp2(session, { ':path': '/burn?over=2', ...headers })
  const before = { one: seen(await ask1()), two: seen(await ask2()) }
  const after = { one: await passedOn(running, ask1), two: await passedOn(running, ask2) }
  const { connection: _connection, ...own } = before.one.headers
  assert.deepEqual({ ...after.one, pid: 0 }, { ...before.one, headers: own, pid: 0 })
  assert.equal(after.one.url, `${running.url}/burn?over=1`)
  assert.equal(after.one.address, '127.0.0.1')
  assert.deepEqual({ ...after.two, pid: 0 }, { ...before.two, pid: 0 })
  assert.equal(after.two.url, `${running.url}/burn?over=2`)
  assert.equal(after.two.address, '127.0.0.1')
}

async function answersTheSame(running: TempApp): Promise<void> {
  using session = http2Session(running)
  await learned(running, session, '/echo')
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
  const chunks = [bytes.subarray(0, 1), bytes.subarray(1)]
  for (const length of [{}, { 'content-length': bytes.length }]) {
    const answer = await overHttp2(session, { ':path': '/echo', ':method': 'POST', ...length }, chunks)
    assert.equal(answer.status, 201, running.log.join('\n'))
    assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
    assert.ok(!running.app.pids().includes(Number(answer.headers['x-pid'])), 'it was answered where it came')
    assert.deepEqual(answer.body, Buffer.from(bytes.toReversed()))
  }
  await learned(running, session, '/throw')
  assert.equal((await overHttp2(session, { ':path': '/throw', ':method': 'POST' })).status, 500)
  await learned(running, session, '/exit')
  const lost = await overHttp2(session, { ':path': '/exit?die', ':method': 'POST' })
  assert.equal(lost.status, 503, lost.body.toString())
  await until(async () => running.app.state.restarts === 1)
  await passedOn(running, () => overHttp2(session, { ':path': '/burn' }))
}

async function ends(running: TempApp): Promise<void> {
  using session = http2Session(running)
  const reset = async (stream: ClientHttp2Stream): Promise<void> => {
    stream.close(constants.NGHTTP2_CANCEL)
    await once(stream, 'close')
  }
  const logged = (word: string): readonly string[] => running.log.filter((line) => line.startsWith(word))
  const rounds = 3
  for (let round = 1; round <= rounds; round += 1) {
    const never = session.request({ ':path': '/never' })
    never.on('error', () => undefined)
    await until(async () => logged('waits').length === round)
    await reset(never)
    await until(async () => logged('aborted').length === round)
    const endless = session.request({ ':path': '/stream' })
    await once(endless, 'data')
    await reset(endless)
    await until(async () => logged('cancelled').length === round)
    await passedOn(running, () => overHttp2(session, { ':path': '/burn' }))
  }
  const { pid } = await passedOn(running, () => overHttp2(session, { ':path': '/burn' }))
  for (const word of ['aborted', 'cancelled']) assert.equal(logged(word).at(-1), `${word} ${pid}`)
  const ours = running.log.filter((line) => !/^(waits|aborted|cancelled) ?/.test(line))
  assert.deepEqual([running.app.state.restarts, ours.length], [0, 1], running.log.join('\n'))
}
