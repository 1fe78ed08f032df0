import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryCache } from '../../../src/apps/bindings/cache.ts'

test('the least recently used leaves when there is no room, and a value larger than all is not kept', () => {
  const cache = new MemoryCache({ maxBytes: 1_000, ttlMs: undefined, now: () => 1 })
  for (const key of ['a', 'b']) assert.equal(cache.set(key, 'v', { bytes: 400 }), true)
  assert.equal(cache.get('a'), 'v')
  cache.set('c', 'v', { bytes: 400 })
  assert.equal(cache.get('b'), undefined)
  assert.equal(cache.get('a'), 'v')
  assert.equal(cache.set('big', 'x'.repeat(600)), false)
  assert.equal(cache.get('big'), undefined)
  const { entries, bytes, hits, misses } = cache.stats()
  assert.deepEqual({ entries, hits, misses }, { entries: 2, hits: 2, misses: 2 })
  assert.ok(bytes > 800 && bytes <= 1_000)
  cache.clear()
  assert.equal(cache.stats().entries, 0)
})

test('an entry is gone when its time, or that of the cache, is over', () => {
  let nowMs = 1_000
  const cache = new MemoryCache({ maxBytes: 10_000, ttlMs: 50, now: () => nowMs })
  cache.set('short', 1)
  cache.set('long', 2, { ttlMs: 500 })
  nowMs += 49
  assert.equal(cache.get('short'), 1)
  nowMs += 2
  assert.equal(cache.get('short'), undefined)
  assert.equal(cache.get('long'), 2)
})

test('what many ask for at once is loaded once, and a failure is not kept', async () => {
  const cache = new MemoryCache({ maxBytes: 10_000, ttlMs: undefined, now: () => 1 })
  let loads = 0
  const gate = Promise.withResolvers<void>()
  const load = async (): Promise<string> => {
    loads += 1
    await gate.promise
    if (loads === 1) throw new Error('the first fails')
    return 'loaded'
  }
  const first = Promise.allSettled([cache.getOrSet('k', load), cache.getOrSet('k', load)])
  gate.resolve()
  assert.deepEqual(
    (await first).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  assert.equal(loads, 1)
  assert.equal(await cache.getOrSet('k', load), 'loaded')
  assert.equal(await cache.getOrSet('k', load), 'loaded')
  assert.equal(loads, 2)
})

test('a value whose size cannot be told needs one', () => {
  const cache = new MemoryCache({ maxBytes: 10_000, ttlMs: undefined, now: () => 1 })
  assert.throws(() => cache.set('k', 1n), { code: 'EK_BINDING_VALUE', message: /size of the value of "k"/ })
  assert.equal(cache.set('k', 1n, { bytes: 8 }), true)
  assert.equal(cache.get('k'), 1n)
})
