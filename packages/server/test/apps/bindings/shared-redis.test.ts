import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { after, test } from 'node:test'
import { createClient } from 'redis'
import { openBindings } from '../../../src/apps/bindings/bindings.host.ts'
import type { Counter } from '../../../src/apps/bindings/counter.ts'
import type { KeyValue } from '../../../src/apps/bindings/key-value.ts'
import { redisUrl, whyUnavailable } from '../../support/services.ts'

import { sharedSuite } from './shared-suite.ts'

const unavailable = await whyUnavailable(redisUrl, 6379)
const skip = unavailable ?? false
sharedSuite('redis', { url: redisUrl, skip: unavailable })

after(async () => {
  if (unavailable !== undefined) return
  const client = createClient({ url: redisUrl })
  await client.connect()
  for await (const keys of client.scanIterator({ MATCH: 'evenkeel:test-*', COUNT: 500 }))
    if (keys.length > 0) await client.del(keys)
  client.destroy()
})

test('redis: a time to live is given to the server, and an update keeps it', { skip }, async () => {
  const app = `test-${randomUUID()}`
  const config = {
    KV: { type: 'kv', url: redisUrl },
    HITS: { type: 'counter', url: redisUrl },
    R: { type: 'redis', url: redisUrl },
  } as const
  await using bindings = await openBindings({ config, app, dataDir: tmpdir() })
  const { KV, HITS, R } = bindings.env as { KV: KeyValue; HITS: Counter; R: { pTTL(key: string): Promise<number> } }
  const left = (binding: string): Promise<number> => R.pTTL(`evenkeel:${app}:${binding}:k`)
  const isNear = (ms: number): boolean => ms > 30_000 && ms <= 60_000
  await KV.set('k', 1, { ttlMs: 60_000 })
  await KV.update<number>('k', (n = 0) => n + 1)
  assert.ok(isNear(await left('KV')))
  assert.equal(await HITS.increment('k', 1, { ttlMs: 60_000 }), 1)
  assert.equal(await HITS.increment('k', 1, { ttlMs: 3_600_000 }), 2)
  assert.ok(isNear(await left('HITS')))
  await KV.set('k', 1)
  assert.equal(await left('KV'), -1)
})

test('redis: an address where nothing answers is refused by the name of the binding, without its password', async () => {
  const config = { KV: { type: 'kv', url: 'redis://:geheim@127.0.0.1:9' } } as const
  await assert.rejects(openBindings({ config, app: 'test', dataDir: tmpdir() }), (error: Error & { code: string }) => {
    assert.equal(error.code, 'EK_BINDING_OPEN')
    assert.match(error.message, /binding "KV" is not available: Redis cannot be reached: ECONNREFUSED/)
    assert.doesNotMatch(error.message, /geheim/)
    return true
  })
})

test('redis: an optional client opens without a server, and its commands fail at once', async () => {
  const config = { R: { type: 'redis', url: 'redis://127.0.0.1:9', required: false } } as const
  await using bindings = await openBindings({ config, app: 'test', dataDir: tmpdir() })
  await assert.rejects((bindings.env['R'] as { get(key: string): Promise<unknown> }).get('k'))
})
