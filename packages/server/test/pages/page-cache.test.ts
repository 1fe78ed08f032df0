/** The cache of pages by a clock of its own. The paths are those of the package: the class is not public. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PageCache, type CacheRequest, type Made } from '../../src/pages/cache/page-cache.ts'

class Bench {
  nowMs = 1_000_000
  made = 0
  readonly cache: PageCache

  constructor(maxBytes = 1_000_000) {
    this.cache = new PageCache({ maxBytes, now: () => this.nowMs })
  }

  request(make: () => Made<string> | Promise<Made<string>>, key = 'k'): CacheRequest<string> {
    const rule = { ttlMs: 1_000, staleWhileRevalidateMs: 10_000, staleIfErrorMs: 100_000 }
    return {
      key,
      path: `/${key}`,
      tags: [`tag-${key}`],
      rule,
      make: async () => {
        this.made += 1
        return make()
      },
    }
  }

  async ask(text: string, key?: string): Promise<string> {
    const { kept, note } = await this.cache.answer(this.request(() => page(text), key))
    return `${kept === undefined ? '-' : Buffer.from(kept.html).toString()} ${note}`
  }
}

function page(text: string): Made<string> {
  return { page: { status: 200, headers: [], html: Buffer.from(text) }, other: '', failed: false }
}

const failure: Made<string> = { page: undefined, other: 'failed', failed: true }

test('a copy is fresh, then stale while one new one is made', async () => {
  const bench = new Bench()
  assert.equal(await bench.ask('one'), 'one evenkeel; fwd=uri-miss; stored')
  bench.nowMs += 400
  assert.equal(await bench.ask('two'), 'one evenkeel; hit; ttl=0')
  bench.nowMs += 1_600
  assert.equal(await bench.ask('two'), 'one evenkeel; hit; ttl=-1; detail=revalidating')
  assert.equal(await bench.ask('three'), 'two evenkeel; hit; ttl=1')
  assert.equal(bench.made, 2)
})

test('a failure leaves the stale copy, also after it should have been made anew', async () => {
  const bench = new Bench()
  await bench.ask('one')
  bench.nowMs += 2_000
  assert.match((await bench.cache.answer(bench.request(() => failure))).note, /revalidating/)
  bench.nowMs += 50_000
  const { kept, note } = await bench.cache.answer(bench.request(() => failure))
  assert.deepEqual([Buffer.from(kept?.html ?? '').toString(), note], ['one', 'evenkeel; hit; ttl=-51; detail=error'])
  bench.nowMs += 100_000
  assert.equal((await bench.cache.answer(bench.request(() => failure))).other, 'failed')
})

test('one render serves all who wait for it', async () => {
  const bench = new Bench()
  const gate = Promise.withResolvers<Made<string>>()
  const waiting = Array.from({ length: 100 }, () => bench.cache.answer(bench.request(() => gate.promise)))
  gate.resolve(page('shared'))
  const answers = await Promise.all(waiting)
  assert.equal(bench.made, 1)
  assert.equal(answers.filter(({ note }) => note.includes('collapsed')).length, 99)
})

test('a purge forgets by tag and by path, and spoils what is being made', async () => {
  const bench = new Bench()
  await bench.ask('a', 'a')
  await bench.ask('b', 'b')
  assert.equal(bench.cache.purge({ tags: ['tag-a'] }), 1)
  assert.equal(bench.cache.purge({ paths: ['/b'] }), 1)
  const gate = Promise.withResolvers<Made<string>>()
  const old = bench.cache.answer(bench.request(() => gate.promise))
  bench.cache.purge({})
  const next = bench.ask('new')
  gate.resolve(page('old'))
  assert.equal(Buffer.from((await old).kept?.html ?? '').toString(), 'old')
  assert.equal(await next, 'new evenkeel; fwd=uri-miss; stored')
  assert.match(await bench.ask('later'), /^new evenkeel; hit/)
})

test('what is kept is bounded by bytes', async () => {
  const bench = new Bench(20_000)
  for (let index = 0; index < 50; index += 1) await bench.ask('x'.repeat(1_000), `k${index}`)
  assert.ok(bench.cache.bytes <= 20_000)
  assert.ok(bench.cache.size >= 5 && bench.cache.size < 12)
})
