import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test, type TestContext } from 'node:test'
import { openBindings, type Bindings } from '../../../src/apps/bindings/bindings.host.ts'
import { SqliteStore } from '../../../src/apps/bindings/sqlite-store.host.ts'
import { sharedSuite, type SharedEnv } from './shared-suite.ts'

sharedSuite('sqlite', {})

const config = { KV: { type: 'kv' }, OTHER: { type: 'kv' }, HITS: { type: 'counter' } } as const

function newFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-shared-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function open(
  dataDir: string,
  options: { now?: () => number; maxSharedBytes?: number } = {},
): Promise<Bindings & { env: SharedEnv }> {
  return (await openBindings({ config, app: 'test', dataDir, ...options })) as Bindings & { env: SharedEnv }
}

test('an entry is gone when its time is over, to the millisecond', async (t) => {
  let nowMs = 1_000_000
  await using bindings = await open(newFolder(t), { now: () => nowMs })
  const { KV, HITS } = bindings.env
  await KV.set('k', 'v', { ttlMs: 100 })
  assert.equal(await HITS.increment('n', 1, { ttlMs: 100 }), 1)
  nowMs += 99
  assert.equal(await KV.get('k'), 'v')
  assert.equal(await HITS.increment('n', 1, { ttlMs: 100 }), 2)
  assert.equal(await KV.set('k', 'w', { only: 'absent' }), false)
  nowMs += 1
  assert.equal(await KV.get('k'), undefined)
  assert.deepEqual(await Array.fromAsync(KV.keys()), [])
  assert.equal(await HITS.get('n'), 0)
  assert.equal(await KV.delete('k'), false)
  assert.equal(await KV.set('k', 'w', { only: 'absent' }), true)
  assert.equal(await HITS.increment('n'), 1)
})

test('an update keeps the time that is left, or takes the new one', async (t) => {
  let nowMs = 1_000_000
  await using bindings = await open(newFolder(t), { now: () => nowMs })
  const { KV } = bindings.env
  await KV.set('k', 1, { ttlMs: 100 })
  await KV.update<number>('k', (n = 0) => n + 1)
  nowMs += 100
  assert.equal(await KV.get('k'), undefined)
  await KV.set('k', 1, { ttlMs: 100 })
  await KV.update<number>('k', (n = 0) => n + 1, { ttlMs: 1_000 })
  nowMs += 999
  assert.equal(await KV.get('k'), 2)
  // Writing it anew without a time keeps it for good.
  await KV.set('k', 3)
  nowMs += 1e9
  assert.equal(await KV.get('k'), 3)
})

test('entries whose time is over are removed from the file', async (t) => {
  const folder = newFolder(t)
  let nowMs = 1_000_000
  await using bindings = await open(folder, { now: () => nowMs })
  await Promise.all(Array.from({ length: 100 }, (_, index) => bindings.env.KV.set(`k${index}`, 1, { ttlMs: 10 })))
  nowMs += 2_000
  await bindings.env.KV.set('one', 1)
  using db = new DatabaseSync(join(folder, 'shared.sqlite'), { readOnly: true })
  assert.equal(db.prepare('SELECT count(*) AS n FROM kv').get()?.['n'], 1)
})

test('the event loop goes on while another process holds the file, and a write that waits too long is refused', async (t) => {
  const file = join(newFolder(t), 'shared.sqlite')
  await using store = await SqliteStore.open({ file, maxBytes: 1e8, busyTimeoutMs: 200, now: Date.now })
  using other = new DatabaseSync(file)
  other.exec('BEGIN IMMEDIATE')
  let turns = 0
  const ticking = setInterval(() => (turns += 1), 5)
  t.after(() => clearInterval(ticking))
  await assert.rejects(store.increment('s', 'n', 1, undefined), { code: 'EK_BINDING_UNAVAILABLE', fault: 'system' })
  assert.ok(turns >= 5, `the event loop turned ${turns} times`)
  assert.equal(await store.count('s', 'n'), 0)
  const waiting = store.increment('s', 'n', 1, undefined)
  other.exec('COMMIT')
  assert.equal(await waiting, 1)
})

test('a full store refuses, keeps what it has, and goes on when there is room', async (t) => {
  await using bindings = await open(newFolder(t), { maxSharedBytes: 400_000 })
  const { KV } = bindings.env
  const big = 'x'.repeat(50_000)
  let kept = 0
  const full = async (): Promise<boolean> => {
    try {
      await KV.set(`k${kept}`, big)
      kept += 1
      return false
    } catch (error) {
      assert.equal((error as { code: string }).code, 'EK_BINDING_FULL')
      return true
    }
  }
  while (!(await full())) assert.ok(kept < 20)
  assert.ok(kept > 0)
  assert.equal(await KV.get('k0'), big)
  for (let index = 0; index < kept; index += 1) await KV.delete(`k${index}`)
  assert.equal(await KV.set('again', big), true)
})

test('one write that fails leaves the others of its transaction as they are', async (t) => {
  await using bindings = await open(newFolder(t))
  const { HITS } = bindings.env
  await HITS.increment('most', Number.MAX_SAFE_INTEGER)
  const outcomes = await Promise.allSettled([HITS.increment('a'), HITS.increment('most'), HITS.increment('b')])
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.deepEqual([await HITS.get('a'), await HITS.get('b')], [1, 1])
})

test('keys and values that cannot be kept are refused by name', async (t) => {
  await using bindings = await open(newFolder(t))
  const { KV, HITS } = bindings.env
  const cycle: Record<string, unknown> = {}
  cycle['self'] = cycle
  const refused: readonly [() => Promise<unknown>, RegExp][] = [
    [() => KV.get(''), /at least one character/],
    [() => KV.get('a\0b'), /without NUL/],
    [() => KV.get('\ud800'), /well-formed/],
    [() => KV.get(7 as unknown as string), /must be a string, not number/],
    [() => HITS.increment('x'.repeat(513)), /512 bytes, this one has 513/],
    [() => KV.set('k', undefined), /value of "k" is undefined/],
    [() => KV.set('k', () => 1), /value of "k" is function/],
    [() => KV.set('k', cycle), /value of "k" cannot be written as JSON/],
    [() => KV.set('k', 1n), /value of "k" cannot be written as JSON/],
    [() => KV.set('k', new Uint8Array(2)), /value of "k" is binary/],
    [() => KV.set('k', 'x'.repeat(1_048_576)), /has 1048578 bytes as JSON, this binding takes 1048576/],
    [() => KV.set('k', 1, { ttlMs: 0 }), /"ttlMs" must be a whole number from 1/],
    [() => KV.set('k', 1, { ttlMs: 1e15 }), /"ttlMs"/],
    [() => KV.set('k', 1, { only: 'never' as 'absent' }), /"only" must be "absent" or "present", not "never"/],
  ]
  for (const [call, message] of refused) await assert.rejects(call, { code: 'EK_BINDING_VALUE', message })
  assert.equal(await KV.get('k'), undefined)
})

test("the file is its owner's, and one that is no database is refused by the name of the binding", async (t) => {
  const folder = join(newFolder(t), 'data')
  {
    await using bindings = await open(folder)
    await bindings.env.KV.set('k', 1)
  }
  assert.equal(statSync(folder).mode & 0o777, 0o700)
  writeFileSync(join(folder, 'shared.sqlite'), 'no database'.repeat(1_000))
  await assert.rejects(open(folder), { code: 'EK_BINDING_OPEN', message: /binding "KV".*not a database/ })
})
