import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { serve, type AppsOptions } from '@evenkeel/server'
import { tempFolder, fetchApp } from '../../support/temp-app.ts'
import { tempSite } from '../../support/temp-site.ts'

const mirror = (name: string): string =>
  fetchApp(`
    const headers = Object.fromEntries(request.headers)
    return Response.json({ app: '${name}', path: url.pathname + url.search, address: context.remoteAddress, headers, env })`)

interface Mirrored {
  readonly app: string
  readonly path: string
  readonly address: string
  readonly headers: Record<string, string>
  readonly env: Record<string, unknown>
}

async function ask(url: string, headers: Record<string, string> = {}): Promise<{ status: number; body: Mirrored }> {
  const [response] = (await once(request(url, { headers }).end(), 'response')) as [
    NodeJS.ReadableStream & { statusCode: number },
  ]
  return { status: response.statusCode, body: JSON.parse(await text(response)) as Mirrored }
}

test('apps of a folder and of the config are served by path and by name, next to functions and the API', async () => {
  await using site = await tempSite(
    {
      'apps/one.ts': mirror('one'),
      'apps/two/index.ts': mirror('two'),
      'apps/_shared.ts': 'throw new Error("no app")',
      'other/three.ts': mirror('three'),
      'functions/double.ts': 'export default (input) => input * 2',
    },
    { apps: { two: { mount: '/deep/two/' }, three: { file: 'other/three.ts', host: 'three.example' } } },
  )
  assert.deepEqual((await ask(`${site.url}/one/a/b?c=%20d`)).body.path, '/a/b?c=%20d')
  assert.equal((await ask(`${site.url}/one`)).body.path, '/')
  assert.equal((await ask(`${site.url}/one?x`)).body.path, '/?x')
  assert.equal((await ask(`${site.url}/deep/two/x`)).body.app, 'two')
  const byName = { host: 'Three.example:80' }
  assert.equal((await ask(`${site.url}/v1/run`, byName)).body.app, 'three')
  assert.equal((await ask(`${site.url}/v1/run`, byName)).body.path, '/v1/run')
  for (const path of ['/onex', '/two', '/deep', '/_shared'])
    assert.equal((await fetch(site.url + path)).status, 404, path)
  const run = await fetch(`${site.url}/v1/functions/double/invoke`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"input":4}',
  })
  assert.equal(((await run.json()) as { result: number }).result, 8)
  const { apps } = (await (await site.admin('/admin/apps')).json()) as { apps: { name: string; mount: string }[] }
  assert.deepEqual(
    apps.map(({ name, mount }) => [name, mount]),
    [
      ['one', '/one/'],
      ['two', '/deep/two/'],
      ['three', '/'],
    ],
  )
})

test('an app learns who asked from the gateway alone, and has an environment of its own', async () => {
  process.env['SECRET_OF_THE_SERVER'] = 'secret'
  try {
    await using site = await tempSite(
      { 'apps/one.ts': mirror('one'), 'apps/two.ts': mirror('two') },
      { apps: { one: { variables: { OWN: 'of one' } } } },
    )
    const forged = {
      'x-forwarded-for': '203.0.113.9',
      'x-real-ip': '203.0.113.9',
      'x-evenkeel-app': 'two',
      connection: 'x-hop',
      'x-hop': 'a',
      'x-end': 'b',
    }
    const { body } = await ask(`${site.url}/one/`, forged)
    assert.equal(body.app, 'one')
    assert.equal(body.address, '127.0.0.1')
    assert.equal(body.headers['x-forwarded-for'], '127.0.0.1')
    assert.equal(body.headers['x-forwarded-prefix'], '/one')
    assert.deepEqual([body.headers['x-hop'], body.headers['x-end']], [undefined, 'b'])
    assert.equal(body.env['OWN'], 'of one')
    const { env } = (await ask(`${site.url}/two/`)).body
    assert.deepEqual([env['OWN'], env['SECRET_OF_THE_SERVER']], [undefined, undefined])
  } finally {
    delete process.env['SECRET_OF_THE_SERVER']
  }
})

test('a trusted proxy is believed', async () => {
  await using site = await tempSite({ 'apps/one.ts': mirror('one') }, { trustedProxies: ['127.0.0.0/8', '10.0.0.1'] })
  const { body } = await ask(`${site.url}/one/`, { 'x-forwarded-for': '198.51.100.1, 203.0.113.9, 10.0.0.1' })
  assert.equal(body.address, '203.0.113.9')
  assert.equal(body.headers['x-forwarded-for'], '198.51.100.1, 203.0.113.9, 10.0.0.1, 127.0.0.1')
})

const wrong: Readonly<Record<string, readonly [files: Record<string, string>, apps: AppsOptions, says: RegExp]>> = {
  'two apps at one address': [
    { 'apps/a.ts': mirror('a'), 'apps/b.ts': mirror('b') },
    { b: { mount: '/a' } },
    /the apps "a" and "b" are both at "\/a\/"/,
  ],
  'an address of the server': [{ 'apps/v1.ts': mirror('a') }, {}, /cannot be at "\/v1"/],
  'an app without a file': [{ 'x.ts': '' }, { lost: {} }, /the app "lost" has no "file"/],
  'a file that is not there': [{ 'x.ts': '' }, { lost: { file: 'lost.ts' } }, /lost\.ts" does not exist/],
  'a limit that there is not': [{ 'apps/a.ts': mirror('a') }, { a: { limits: { memory: 1 } } }, /no limit "memory"/],
  'a syntax error': [{ 'apps/a.ts': 'export default {\n fetch: ( }' }, {}, /the app "a": .*a\.ts:2:\d+/s],
  'two files of one name': [{ 'apps/a.ts': mirror('a'), 'apps/a/app.ts': mirror('a') }, {}, /is in two files/],
  'an option that there is not': [
    { 'apps/a.ts': mirror('a') },
    { a: { path: '/' } as object },
    /no option "apps\.a\.path"/,
  ],
}
for (const [name, [files, apps, says]] of Object.entries(wrong)) {
  test(`${name} keeps the server from starting, and is named`, async () => {
    using folder = tempFolder(files)
    const options = { port: 0, adminPort: 0, projectDir: folder.folder, apps, blocks: { hosts: 1, spares: 0 } }
    await assert.rejects(serve(options), says)
  })
}

test('apps call each other by name, redirects are theirs to follow, and an unknown one is a 404', async () => {
  await using site = await tempSite({
    'apps/front.ts': `export default {
      bindings: { BACK: { type: 'app', name: 'back' }, LOST: { type: 'app', name: 'lost' } },
      async fetch(request, { BACK, LOST }) {
        const { pathname } = new URL(request.url)
        if (pathname === '/pass') return BACK.fetch(request)
        if (pathname === '/lost') return LOST.fetch('/x')
        const answer = await BACK.fetch('/made?by=front', { method: 'POST', body: 'x'.repeat(300_000) })
        return Response.json({ status: answer.status, location: answer.headers.get('location'), body: await answer.text() })
      },
    }`,
    'apps/back.ts': fetchApp(`
      const { length } = await request.text()
      if (url.pathname === '/pass') return new Response('passed', { headers: { 'x-app': 'back' } })
      return new Response(url.pathname + url.search + ' ' + length, { status: 302, headers: { location: '/next' } })`),
  })
  const answer = await fetch(`${site.url}/front/`)
  assert.deepEqual(await answer.json(), { status: 302, location: '/next', body: '/made?by=front 300000' })
  const passed = await fetch(`${site.url}/front/pass`)
  assert.deepEqual([await passed.text(), passed.headers.get('x-app')], ['passed', 'back'])
  assert.equal((await fetch(`${site.url}/front/lost`)).status, 404)
})
