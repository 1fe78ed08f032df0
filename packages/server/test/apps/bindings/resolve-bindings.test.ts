import assert from 'node:assert/strict'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { existsSync } from 'node:fs'
import { randomUUID } from 'node:crypto'
import { test } from 'node:test'
import { openBindings } from '../../../src/apps/bindings/bindings.host.ts'
import { resolveBindings } from '../../../src/apps/bindings/resolve-bindings.ts'

const environment = { TOKEN: 'geheim', PG_URL: 'postgres://app:geheim@127.0.0.1/app', EMPTY: '' }

test('texts, numbers, booleans and secrets are given as they are', async () => {
  await using bindings = await openBindings({
    config: { NAME: 'shop', LIMIT: 5, DEBUG: false, TOKEN: { type: 'secret', fromEnv: 'TOKEN' } },
    app: 'test',
    dataDir: join(tmpdir(), 'never-made'),
    environment,
  })
  assert.deepEqual(bindings.env, { NAME: 'shop', LIMIT: 5, DEBUG: false, TOKEN: 'geheim' })
  assert.ok(Object.isFrozen(bindings.env))
})

test('addresses and headers come from the environment', () => {
  const resolved = resolveBindings(
    {
      PG: { type: 'postgres', urlFromEnv: 'PG_URL', max: 2 },
      EVENTS: {
        type: 'batch',
        destination: { type: 'http', url: 'http://127.0.0.1/e', headersFromEnv: { authorization: 'TOKEN' } },
      },
    },
    environment,
  )
  assert.deepEqual(resolved.get('PG'), { type: 'postgres', url: environment.PG_URL, max: 2 })
  assert.deepEqual(resolved.get('EVENTS'), {
    type: 'batch',
    destination: { type: 'http', url: 'http://127.0.0.1/e', headers: { authorization: 'geheim' } },
  })
})

const wrong: readonly [config: unknown, message: RegExp][] = [
  [[], /"bindings" must be an object/],
  [{ 'a b': 'x' }, /"bindings\.a b" must have a name of letters/],
  [{ X: null }, /"bindings\.X" must be an object with a "type", a text, a number or a boolean/],
  [{ X: Number.NaN }, /"bindings\.X" must be an object/],
  [{ X: {} }, /"bindings\.X\.type" must be one of kv, counter, cache, .* not undefined/],
  [{ X: { type: 'kx' } }, /"bindings\.X\.type" must be one of kv, .* not "kx"/],
  [{ X: { type: 'constructor' } }, /"bindings\.X\.type" must be one of/],
  [{ X: { type: 'kv', maxBytes: 1 } }, /"bindings\.X\.maxBytes" is no option of this type/],
  [{ X: { type: 'cache', maxBytes: '1' } }, /"bindings\.X\.maxBytes" must be integer/],
  [{ X: { type: 'cache', ttlMs: 0 } }, /"bindings\.X\.ttlMs" must be >= 1/],
  [{ X: { type: 'kv', url: 'http://geheim' } }, /"bindings\.X\.url" must match pattern/],
  [{ X: { type: 'redis' } }, /"bindings\.X\.url" or "urlFromEnv" is missing/],
  [
    { X: { type: 'postgres', urlFromEnv: 'NO_SUCH' } },
    /"bindings\.X\.urlFromEnv" names the environment variable "NO_SUCH", which is not set/,
  ],
  [
    { X: { type: 'postgres', url: 'postgres://geheim', urlFromEnv: 'PG_URL' } },
    /"bindings\.X\.url" and "urlFromEnv" exclude each other/,
  ],
  [{ X: { type: 'secret' } }, /"bindings\.X\.fromEnv" is missing/],
  [{ X: { type: 'secret', fromEnv: 'EMPTY' } }, /"bindings\.X\.fromEnv" names the environment variable "EMPTY"/],
  [
    { X: { type: 'batch' } },
    /"bindings\.X\.destination" must be an object with a "type"|"bindings\.X\.destination" is missing/,
  ],
  [
    { X: { type: 'batch', destination: { type: 'ftp' } } },
    /"bindings\.X\.destination\.type" must be one of http, redis, file, stdout/,
  ],
  [{ X: { type: 'batch', destination: { type: 'http' } } }, /"bindings\.X\.destination\.url" is missing/],
  [
    { X: { type: 'batch', destination: { type: 'stdout' }, buffer: { whenFull: 'panic' } } },
    /"bindings\.X\.buffer\.whenFull" must be equal/,
  ],
]
for (const [config, message] of wrong) {
  test(`refused: ${JSON.stringify(config)}`, () => {
    assert.throws(
      () => resolveBindings(config as never, environment),
      (error: Error & { code: string }) => {
        assert.equal(error.code, 'EK_BINDING_INVALID')
        assert.match(error.message, message)
        assert.doesNotMatch(error.message, /geheim/)
        return true
      },
    )
  })
}

const outside: readonly [config: unknown, message: RegExp][] = [
  [{ DB: { type: 'sqlite', path: '../other.sqlite' } }, /"bindings\.DB\.path" must be a relative path/],
  [{ DB: { type: 'sqlite', path: '/etc/passwd' } }, /"bindings\.DB\.path"/],
  [{ DB: { type: 'sqlite', path: 'a/../../b' } }, /"bindings\.DB\.path"/],
  [{ DB: { type: 'sqlite', migrations: '..' } }, /"bindings\.DB\.migrations"/],
  [{ E: { type: 'batch', destination: { type: 'file', path: '../e.ndjson' } } }, /"bindings\.E\.destination\.path"/],
  [{ OTHER: { type: 'app', name: 'shop' } }, /"bindings\.OTHER" names the app "shop"/],
]
for (const [config, message] of outside) {
  test(`refused at opening: ${JSON.stringify(config)}`, async () => {
    const dataDir = join(tmpdir(), `evenkeel-${randomUUID()}`)
    await assert.rejects(openBindings({ config: config as never, app: 'test', dataDir }), {
      code: 'EK_BINDING_INVALID',
      message,
    })
    assert.equal(existsSync(dataDir), false)
  })
}

test('another app is reached through what the server gives', async () => {
  const asked: string[] = []
  await using bindings = await openBindings({
    config: { SHOP: { type: 'app', name: 'shop' } },
    app: 'test',
    dataDir: tmpdir(),
    openApp: (name) => {
      asked.push(name)
      return { fetch: async () => new Response('from the shop') }
    },
  })
  const { SHOP } = bindings.env as { SHOP: { fetch(url: string): Promise<Response> } }
  assert.equal(await (await SHOP.fetch('http://shop/')).text(), 'from the shop')
  assert.deepEqual(asked, ['shop'])
})
