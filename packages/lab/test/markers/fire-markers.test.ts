import { test } from 'node:test'
import assert from 'node:assert/strict'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { once } from 'node:events'
import { isLabError } from '../../src/index.ts'
import { fireMarkers, withMarkers } from '../../src/markers/fire-markers.ts'
import { parseMarkers } from '../../src/markers/marker-hook.ts'
import { sampleResult } from '../support/sample-result.ts'

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function withStub(
  answer: { readonly status: number } | 'never',
  body: (url: string, received: Received[]) => Promise<void>,
): Promise<void> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => (text += chunk.toString()))
    request.on('end', () => {
      received.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: text })
      if (answer !== 'never') response.writeHead(answer.status).end('{}')
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  try {
    await body(`http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`, received)
  } finally {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
}

const { result } = sampleResult({ seconds: 10 })
const facts = { name: 'sign-up', target: 'http://api.test' }

test("New Relic's deployment shape is filled at start and stop", async () => {
  await withStub({ status: 201 }, async (url, received) => {
    const deployment = (text: string) => ({
      deployment: {
        revision: '1',
        changelog: `{{ hostname }} ${text}`,
        description: '{{ run.name }} {{ run.state }}',
        user: 'ci',
      },
    })
    const hooks = parseMarkers([
      {
        on: 'start',
        url: `${url}/v2/applications/7/deployments.json`,
        headers: { 'X-Api-Key': 'k' },
        json: deployment('start'),
      },
      {
        on: 'stop',
        url: `${url}/v2/applications/7/deployments.json`,
        json: { requests: '{{ run.result.http.requests }}' },
      },
    ])
    const started = await fireMarkers(hooks, 'start', facts)
    const stopped = await fireMarkers(hooks, 'stop', { ...facts, result })
    assert.deepEqual(
      [...started, ...stopped].map((each) => each.problem),
      [undefined, undefined],
    )
    const [first, second] = received
    assert.equal(first?.method, 'POST')
    assert.equal(first.url, '/v2/applications/7/deployments.json')
    assert.equal(first.headers['x-api-key'], 'k')
    assert.equal(first.headers['content-type'], 'application/json')
    const body = JSON.parse(first.body) as { deployment: { changelog: string; description: string } }
    assert.match(body.deployment.changelog, /^\S+ start$/)
    assert.equal(body.deployment.description, 'sign-up start')
    assert.deepEqual(JSON.parse(second?.body ?? ''), { requests: 500 })
  })
})

test('a marker lands on the time axis of the result', async () => {
  await withStub({ status: 200 }, async (url) => {
    const hooks = parseMarkers({ on: 'start', url, label: 'deployed {{ run.name }}' })
    const fired = (await fireMarkers(hooks, 'start', facts)).map((each) => ({
      ...each,
      atEpochMs: result.meta.startedAtEpochMs + 500,
    }))
    const marked = withMarkers(result, fired)
    assert.deepEqual(marked.markers[0], {
      atMs: 500,
      label: 'deployed sign-up',
      kind: 'start',
      detail: `${url} answered 200`,
    })
    assert.deepEqual(marked.warnings, result.warnings)
  })
})

test('a hook that is refused, slow, unreachable or no URL is a warning and names no secret', async () => {
  await withStub({ status: 403 }, async (url) => {
    const fired = await fireMarkers(parseMarkers({ on: 'start', url: `${url}/secret-path?key=hidden` }), 'start', facts)
    const { warnings } = withMarkers(result, fired)
    assert.match(warnings.at(-1) ?? '', /could not be set: http:\/\/127\.0\.0\.1:\d+ answered 403$/)
  })
  await withStub('never', async (url) => {
    const [slow] = await fireMarkers(parseMarkers({ on: 'start', url, timeout: '100ms' }), 'start', facts)
    assert.match(slow?.problem ?? '', /timeout/i)
  })
  const gone = parseMarkers([
    { on: 'start', url: 'http://127.0.0.1:1/key' },
    { on: 'start', url: 'not a url {{ run.name }}' },
  ])
  const fired = await fireMarkers(gone, 'start', facts)
  assert.match(fired[0]?.problem ?? '', /ECONNREFUSED/)
  assert.match(fired[1]?.problem ?? '', /invalid URL/i)
  assert.doesNotMatch(JSON.stringify(fired), /key/)
})

test('a wrong marker is refused by its place', () => {
  const refuses = (value: unknown, pattern: RegExp) =>
    assert.throws(
      () => parseMarkers(value),
      (error) => isLabError(error) && error.code === 'EK_LAB_SCRIPT_INVALID' && pattern.test(error.message),
    )
  refuses(['x'], /config\.markers\[0\] must be an object/)
  refuses([{ url: 'http://x' }], /needs "on"/)
  refuses([{ on: 'start' }], /needs a "url"/)
  refuses(
    [
      { on: 'stop', url: 'http://x' },
      { on: 'start', url: 'http://x', verb: 'GET' },
    ],
    /config\.markers\[1\] has an unknown key "verb"/,
  )
  refuses({ on: 'start', url: 'http://x', json: {}, body: '' }, /both "json" and "body"/)
  refuses({ on: 'start', url: 'http://x', timeout: 'long' }, /no duration in "timeout"/)
  assert.deepEqual(parseMarkers(undefined), [])
})
