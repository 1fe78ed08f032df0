/** Memory that a block takes is bounded while it runs and given back afterwards, one bomb at a time and sixteen at once. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hostPids, hostResidentMb, procSkip } from '../support/hosts.ts'
import { slackMs } from '../support/slack.ts'
import { startTestServer, until, type RunAnswer, type TestServer } from '../support/test-server.ts'

const hosts = 2
const memoryMb = 128
let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts, spares: 1, limits: { memoryMb } } })
})
after(() => server[Symbol.asyncDispose]())

const bombs: Readonly<Record<string, string>> = {
  'an array': 'const a = []; for (let i = 0; ; i++) a.push([i, i, i])',
  'a text that doubles':
    'const all = []; for (;;) { let s = "x"; for (let i = 0; i < 24; i++) s += s; all.push(s.replace(/x/g, "yy")) }',
  'a buffer whose size is text':
    'const all = []; for (;;) all.push(new Uint8Array(new ArrayBuffer("2000000000")).fill(1))',
  'buffers that are touched':
    'const all = []; for (let i = 0; i < 100; i++) all.push(new Uint8Array(50e6).fill(1)); return all.length',
  'a map': 'const m = new Map(); for (let i = 0; ; i++) m.set(i, { i })',
  'a set': 'const s = new Set(); for (let i = 0; ; i++) s.add("text " + i)',
  closures: 'let h = () => 1; const f = (g) => () => g; for (;;) h = f(h)',
  promises: 'const all = []; for (;;) all.push(new Promise(() => {}))',
  blobs: 'const all = []; for (;;) all.push(new Blob([new Uint8Array(5e6).fill(1)]))',
  'buffers of some kilobytes': 'const all = []; for (;;) all.push(new Uint8Array(20_000).fill(1))',
  'array buffers of a page': 'const all = []; for (;;) all.push(new ArrayBuffer(4096))',
  'the pool of Buffer':
    'const all = []; for (;;) all.push(Buffer.from("x".repeat(100)), Buffer.allocUnsafe(3000).fill(1))',
}

/** For the memory to be given back, or for a host whose allocator does not to be replaced, in milliseconds. */
const giveBackMs = 5_000
const limits = { wallMs: 30_000, cpuMs: 10_000 }
const isAlive = async (): Promise<void> => assert.equal((await server.run('return 1')).body.result, 1)

function assertBounded(name: string, { body, status }: RunAnswer): void {
  assert.ok(['MemoryLimitError', 'RangeError'].includes(body.error?.type ?? ''), `${name}: ${JSON.stringify(body)}`)
  assert.ok(status === 507 || status === 422)
}

/** Isolates and the allocator keep some pages; a bomb that stays would be more. */
const slackMb = 0.1 * hosts * memoryMb + 32

test('each bomb ends by its limit, and the memory comes back', { skip: procSkip }, async () => {
  for (let run = 0; run < 20; run += 1) await server.run('return require("lodash").sum([1])')
  const baseMb = await hostResidentMb(server)
  for (const [name, code] of Object.entries(bombs)) {
    assertBounded(name, await server.run(code, { limits }))
    await isAlive()
    await until(
      () => hostResidentMb(server),
      (residentMb) => residentMb < baseMb * 1.1 + slackMb,
      giveBackMs * (slackMs() / 300),
    ).catch((error: unknown) => assert.fail(`after ${name}, from ${baseMb} MiB: ${String(error)}`))
  }
})

test('sixteen at once stay below three times what the hosts may use', { skip: procSkip }, async () => {
  const codes = Object.values(bombs)
  let over = false
  const all = Promise.all(
    Array.from({ length: 16 }, (_, index) => server.run(codes[index % codes.length] ?? '', { limits })),
  ).finally(() => (over = true))
  let peakMb = 0
  while (!over) {
    peakMb = Math.max(peakMb, await hostResidentMb(server))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  // Spares and hosts that are on their way out count too.
  const workers = hosts + 2
  assert.ok(peakMb < workers * memoryMb * 3, `${peakMb} MiB`)
  // Where sixteen want the processors of two, some end by time first.
  for (const { body, status } of await all) assert.ok([422, 429, 503, 504, 507].includes(status), JSON.stringify(body))
  await isAlive()
  assert.ok((await hostPids(server)).length >= hosts)
})

test('a result above its limit never reaches the gateway', { skip: procSkip }, async () => {
  await server.run(`return "z".repeat(60_000_000)`, { limits })
  const beforeMb = process.memoryUsage().rss / 1_048_576
  for (let run = 0; run < 10; run += 1) {
    const { body } = await server.run(`return "z".repeat(60_000_000)`, { limits })
    assert.equal(body.error?.type, 'ValidationError')
  }
  const grownMb = process.memoryUsage().rss / 1_048_576 - beforeMb
  assert.ok(grownMb < 2 * 5 + 20, `grown by ${grownMb} MiB`)
})
