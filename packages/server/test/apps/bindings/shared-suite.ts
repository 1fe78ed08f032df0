import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openBindings, type Bindings } from '../../../src/apps/bindings/bindings.host.ts'
import type { Counter } from '../../../src/apps/bindings/counter.ts'
import type { KeyValue } from '../../../src/apps/bindings/key-value.ts'
import { addFromProcesses } from './runtimes.ts'

export interface SharedEnv {
  readonly KV: KeyValue
  readonly OTHER: KeyValue
  readonly HITS: Counter
}

/** What key-value and counter bindings promise, whatever keeps their entries. */
export function sharedSuite(name: string, place: { readonly url?: string; readonly skip?: string | undefined }): void {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-shared-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const where = place.url === undefined ? {} : { url: place.url }
  const config = {
    KV: { type: 'kv', ...where },
    OTHER: { type: 'kv', ...where },
    HITS: { type: 'counter', ...where },
  } as const
  const skip = place.skip ?? false
  const newApp = (): { config: typeof config; app: string; dataDir: string } => {
    const app = `test-${randomUUID()}`
    return { config, app, dataDir: join(folder, app) }
  }
  const open = async (options = newApp()): Promise<Bindings & { env: SharedEnv }> =>
    (await openBindings(options)) as Bindings & { env: SharedEnv }

  test(`${name}: values come back as they were, and bindings do not see each other's`, { skip }, async () => {
    await using bindings = await open()
    const { KV, OTHER } = bindings.env
    const value = { text: 'žluť \u{1F6B2}', list: [1, null, { deep: true }], number: 1.5 }
    assert.equal(await KV.set('a:1', value), true)
    assert.deepEqual(await KV.get('a:1'), value)
    assert.equal(await OTHER.get('a:1'), undefined)
    assert.equal(await KV.delete('a:1'), true)
    assert.equal(await KV.delete('a:1'), false)
    assert.equal(await KV.get('a:1'), undefined)
  })

  test(`${name}: "only" writes where there is none, or where there is one`, { skip }, async () => {
    await using bindings = await open()
    const { KV } = bindings.env
    assert.equal(await KV.set('k', 1, { only: 'present' }), false)
    assert.equal(await KV.set('k', 2, { only: 'absent' }), true)
    assert.equal(await KV.set('k', 3, { only: 'absent' }), false)
    assert.equal(await KV.set('k', 4, { only: 'present' }), true)
    assert.equal(await KV.get('k'), 4)
    const firsts = await Promise.all(
      Array.from({ length: 50 }, (_, index) => KV.set('lock', index, { only: 'absent' })),
    )
    assert.equal(firsts.filter(Boolean).length, 1)
  })

  test(`${name}: keys are listed by prefix, each once, also when they are many`, { skip }, async () => {
    await using bindings = await open()
    const { KV, OTHER } = bindings.env
    const names = Array.from({ length: 600 }, (_, index) => `p*[${index}`)
    await Promise.all([...names, 'q', 'p-other'].map((key) => KV.set(key, 1)))
    await OTHER.set('p*[x', 1)
    const listed = await Array.fromAsync(KV.keys({ prefix: 'p*[' }))
    assert.deepEqual(listed.toSorted(), names.toSorted())
    assert.equal((await Array.fromAsync(KV.keys())).length, 602)
  })

  test(`${name}: updates of one key at once all count, and one that returns nothing removes it`, { skip }, async () => {
    await using bindings = await open()
    const { KV } = bindings.env
    await Promise.all(Array.from({ length: 20 }, () => KV.update<number>('n', (n = 0) => n + 1)))
    assert.equal(await KV.get('n'), 20)
    assert.equal(await KV.update('n', () => undefined), undefined)
    assert.equal(await KV.get('n'), undefined)
  })

  test(`${name}: a counter that would leave the safe integers refuses, and keeps its number`, { skip }, async () => {
    await using bindings = await open()
    const { HITS } = bindings.env
    assert.equal(await HITS.increment('n', Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
    await assert.rejects(HITS.increment('n'), { code: 'EK_BINDING_VALUE' })
    assert.equal(await HITS.increment('n', -1), Number.MAX_SAFE_INTEGER - 1)
    assert.equal(await HITS.reset('n'), true)
    assert.equal(await HITS.get('n'), 0)
    await assert.rejects(HITS.increment('n', 0.5), { code: 'EK_BINDING_VALUE', message: /whole numbers, not 0\.5/ })
  })

  test(`${name}: what is there when one runtime ends is there for the next`, { skip }, async () => {
    const app = newApp()
    {
      await using bindings = await open(app)
      // Not awaited: disposal waits for it.
      void bindings.env.HITS.increment('n', 5)
      await bindings.env.KV.set('k', 'kept')
    }
    await using bindings = await open(app)
    assert.equal(await bindings.env.HITS.get('n'), 5)
    assert.equal(await bindings.env.KV.get('k'), 'kept')
  })

  test(`${name}: a binding that was disposed says so`, { skip }, async () => {
    const bindings = await open()
    await bindings[Symbol.asyncDispose]()
    const { KV, HITS } = bindings.env
    for (const call of [() => KV.get('k'), () => KV.set('k', 1), () => HITS.increment('n')])
      await assert.rejects(call, { code: 'EK_BINDING_CLOSED' })
  })

  test(`${name}: four processes that add at once lose nothing`, { skip }, async () => {
    const app = newApp()
    const seen = await addFromProcesses(4, { ...app, times: 500 })
    const sums = seen.flat().toSorted((first, second) => first - second)
    assert.deepEqual(
      sums,
      Array.from({ length: 2_000 }, (_, index) => index + 1),
    )
    await using bindings = await open(app)
    assert.equal(await bindings.env.HITS.get('hits'), 2_000)
    const names = (await bindings.env.KV.get<string[]>('names')) ?? []
    assert.equal(new Set(names).size, 80)
  })
}
