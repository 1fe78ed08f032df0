import assert from 'node:assert/strict'
import type { LookupAddress } from 'node:dns'
import { after, before, test } from 'node:test'
import { Egress } from '../../src/egress/egress.ts'
import { resolveEgressPolicy, type EgressPolicy } from '../../src/egress/egress-policy.ts'
import { startCanary, type Canary } from '../support/canary.ts'

let canary: Canary
before(async () => {
  canary = await startCanary((request, response) => {
    if (request.url === '/private') return response.writeHead(302, { location: 'http://10.0.0.1/' }).end()
    if (request.url === '/file') return response.writeHead(302, { location: 'file:///etc/passwd' }).end()
    if (request.url === '/again') return response.writeHead(302, { location: '/again' }).end()
    if (request.url === '/big') return response.end(Buffer.alloc(100_000))
    if (request.url === '/never') return response
    return response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  })
})
after(() => canary[Symbol.asyncDispose]())

interface Asked {
  readonly url: string
  readonly headers?: readonly (readonly [string, string])[]
  readonly policy?: EgressPolicy
  readonly answers?: readonly string[][]
  readonly signal?: AbortSignal
}

/** Resolves names to the given answers, one list a lookup. */
async function ask({
  url,
  headers = [],
  policy = {},
  answers = [],
  signal = new AbortController().signal,
}: Asked): Promise<string> {
  const left = [...answers]
  const egress = new Egress({
    lookup: (_name, _options, done) =>
      done(
        null,
        (left.shift() ?? []).map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
      ),
  })
  try {
    const call = { name: 'fetch', meta: { url, method: 'GET', headers, redirect: 'follow' }, body: new Uint8Array(0) }
    using session = egress.open(resolveEgressPolicy({ addresses: ['127.0.0.1'], ...policy }))
    const reply = await session.answer(call, signal)
    const parts = [reply.body]
    const { more } = reply.meta as { more?: number }
    for (let done = more === undefined; !done;) {
      const part = await session.answer({ name: 'read', meta: { id: more }, body: new Uint8Array(0) }, signal)
      parts.push(part.body)
      done = (part.meta as { done: boolean }).done
    }
    return Buffer.concat(parts).toString()
  } finally {
    await egress.close()
  }
}

const at = (path: string): string => `http://127.0.0.1:${canary.port}${path}`
const code =
  (wanted: string) =>
  (error: unknown): boolean =>
    (error as { code?: string }).code === wanted

for (const host of [
  '127.0.0.1',
  '127.1',
  '0x7f.1',
  '2130706433',
  '0177.0.0.1',
  '0.0.0.0',
  '[::]',
  '[::1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:0:0]',
  '169.254.169.254',
  '10.0.0.1',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '127.0.0.1.',
]) {
  test(`the address ${host} is refused and nothing arrives`, async () => {
    const seen = canary.requests()
    await assert.rejects(
      ask({ url: `http://${host}:${canary.port}/`, policy: { addresses: [] } }),
      code('EK_EGRESS_REFUSED'),
    )
    assert.equal(canary.requests(), seen)
  })
}

for (const name of ['localhost', 'LOCALHOST.', 'internal.example']) {
  test(`the name ${name} is refused for its address`, async () => {
    await assert.rejects(
      ask({ url: `http://${name}:${canary.port}/`, policy: { addresses: [] }, answers: [['127.0.0.1']] }),
      code('EK_EGRESS_REFUSED'),
    )
  })
}

test('a name that resolves to a public and a private address is refused as a whole', async () => {
  await assert.rejects(
    ask({ url: 'http://both.example/', policy: { addresses: [] }, answers: [['93.184.216.34', '127.0.0.1']] }),
    code('EK_EGRESS_REFUSED'),
  )
})

test('a name is resolved once: the address that was checked is the one connected to', async () => {
  const text = await ask({ url: `http://rebind.example:${canary.port}/x`, answers: [['127.0.0.1'], ['10.0.0.1']] })
  assert.match(text, /"\/x"/)
})

test('a redirect to a private address, another scheme or in a circle is refused', async () => {
  await assert.rejects(ask({ url: at('/private') }), code('EK_EGRESS_REFUSED'))
  await assert.rejects(ask({ url: at('/file') }), /EK_EGRESS|failed/)
  await assert.rejects(ask({ url: at('/again'), policy: { maxRedirects: 3 } }), code('EK_EGRESS_REDIRECTS'))
})

test('a host that is not on the list is refused', async () => {
  await assert.rejects(ask({ url: at('/'), policy: { hosts: ['api.example.com'] } }), code('EK_EGRESS_REFUSED'))
})

test('a forged host header does not leave', async () => {
  const { headers } = JSON.parse(
    await ask({
      url: at('/'),
      headers: [
        ['Host', 'evil.example'],
        ['x-own', '1'],
      ],
    }),
  ) as { headers: Record<string, string> }
  assert.deepEqual(
    [headers['host'], headers['x-own'], headers['user-agent']],
    [`127.0.0.1:${canary.port}`, '1', 'evenkeel'],
  )
})

test('a response above the limit, a slow one and a refused connection have their codes', async () => {
  await assert.rejects(
    ask({ url: at('/big'), policy: { maxResponseBytes: 99_999 } }),
    code('EK_EGRESS_RESPONSE_TOO_LARGE'),
  )
  await assert.rejects(ask({ url: at('/never'), policy: { timeoutMs: 30 } }), code('EK_EGRESS_TIMEOUT'))
})

for (const url of ['ftp://example.com/', 'file:///etc/passwd', 'data:text/plain,x', 'blob:http://x/y'])
  test(`the scheme of ${url} is refused`, () => assert.rejects(ask({ url }), code('EK_EGRESS_SCHEME')))

test('credentials in a URL are refused', () =>
  assert.rejects(ask({ url: 'http://user:pass@example.com/' }), code('EK_EGRESS_REQUEST')))

test('what is no request is refused, whatever it is', async () => {
  const egress = new Egress()
  using session = egress.open(resolveEgressPolicy())
  const { signal } = new AbortController()
  for (const meta of [
    null,
    1,
    {},
    { url: 'http://x/', method: 'G T', headers: [] },
    { url: 'http://x/', method: 'GET', headers: [['a b', 'c']] },
    { url: 'http://x/', method: 'GET', headers: 'no' },
  ])
    await assert.rejects(
      session.answer({ name: 'fetch', meta, body: new Uint8Array(0) }, signal),
      code('EK_EGRESS_REQUEST'),
    )
  for (const [name, meta] of [
    ['exec', {}],
    ['read', { id: 1 }],
    ['read', null],
    ['write', { id: 1, last: true }],
    ['write', null],
  ] as const)
    await assert.rejects(session.answer({ name, meta, body: new Uint8Array(0) }, signal), code('EK_EGRESS_REQUEST'))
  await egress.close()
})
