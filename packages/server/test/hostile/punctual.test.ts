/**
 * What outstays its limit is answered 50 ms after it at the latest, besides what an answer takes at that moment; inside a builtin that
 * V8 cannot interrupt it is 250 ms, when the process has been killed. Another tenant is answered meanwhile.
 */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { least, overheadMs } from '../support/overhead.ts'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

let server: TestServer
let other: string
before(async () => {
  server = await startTestServer({ blocks: { hosts: 2, spares: 1 } })
  other = (await server.token()).token
})
after(() => server[Symbol.asyncDispose]())

const wallMs = 300
const tries = 4

const loops: Readonly<Record<string, string>> = {
  'a loop': 'while (true) {}',
  'a promise loop': 'for (;;) await null',
  'an async function that loops': 'const f = async () => { for (;;) await undefined }; await f()',
  'a recursion of microtasks': 'const f = () => queueMicrotask(f); f(); await new Promise((r) => setTimeout(r, 1e6))',
  'a chain of thens': 'const f = () => Promise.resolve().then(f); await f()',
  'an interval of zero': 'setInterval(() => {}, 0); await new Promise(() => {})',
  'a chain of timers': 'const f = () => setTimeout(f, 0); f(); await new Promise(() => {})',
  'a comparator': '[1, 2].sort(() => { for (;;); }); return 1',
  'a getter of the result': 'return { get a() { for (;;); } }',
  'toJSON of the result': 'return { toJSON() { for (;;); } }',
  'a trap of the result': 'return new Proxy({}, { ownKeys() { for (;;); } })',
  'the tag of the result': 'return { __proto__: { get [Symbol.toStringTag]() { for (;;); } } }',
  'a conversion': 'return `${{ [Symbol.toPrimitive]() { for (;;); } }}`',
  'a generator': 'function* g() { for (;;) yield 1 } for (const x of g()); return 1',
  'an error that is described': 'throw { get message() { for (;;); } }',
  'a regular expression': 'return /^(?=a)(a+)+$/.test("a".repeat(40) + "!")',
  'an awaited timer': 'await new Promise((r) => setTimeout(r, 1e6)); return 1',
}

void suite('what V8 can interrupt', () => {
  for (const [name, code] of Object.entries(loops)) test(name, () => assertPunctual(code, 50))
})

/** Some of these end by memory first, which is no later than their time. */
const builtins: Readonly<Record<string, string>> = {
  BigInt: 'let x = 3n; for (;;) x = x * x',
  'a power of BigInt': 'for (;;) 2n ** (10n ** 8n)',
  'text that is padded': 'for (;;) "x".padEnd(2 ** 29 - 25).replace(/x/, "y")',
  'JSON of two million brackets': 'for (;;) { try { JSON.parse("[".repeat(2e6)) } catch {} }',
  'an array of a billion': 'return Array.from({ length: 1e9 }, (_, i) => i).length',
  'an array that is filled': 'Array(2 ** 32 - 1).fill(0); return 1',
}

void suite('what V8 cannot always interrupt', () => {
  for (const [name, code] of Object.entries(builtins)) test(name, () => assertPunctual(code, 250))
})

async function assertPunctual(code: string, boundMs: number): Promise<void> {
  const controlMs = await overheadMs(server)
  const seen: number[] = []
  const lateMs = await least(tries, boundMs + controlMs, async () => {
    await allHostsReady()
    const attack = server.run(code, { limits: { wallMs, cpuMs: wallMs } })
    await assertOthersAreServed()
    const { body, elapsedMs } = await attack
    // A host that is replaced for its memory meanwhile keeps who cost hosts waiting: that is no run.
    if (body.error?.type === 'ConcurrencyError') return Infinity
    assert.ok(
      ['TimeoutError', 'CpuLimitError', 'MemoryLimitError', 'RangeError'].includes(body.error?.type ?? ''),
      JSON.stringify(body),
    )
    const lateMs = elapsedMs - wallMs - (body.usage?.queueMs ?? 0)
    seen.push(lateMs)
    return lateMs
  })
  assert.ok(
    lateMs <= boundMs + controlMs,
    `late by ${seen.join(', ')} ms; an answer takes ${controlMs} ms more than its block`,
  )
}

/** Who cost a host waits for its replacement, which is not what is measured here. */
async function allHostsReady(): Promise<void> {
  await until(
    async () => (await server.admin('GET', '/admin/hosts')).body.hosts as { state: string }[],
    (hosts) => hosts.length === 3 && hosts.every(({ state }) => state === 'ready'),
  )
}

async function assertOthersAreServed(): Promise<void> {
  const { status, body } = await server.ask('POST', '/v1/run', { token: other, body: { code: 'return 1' } })
  assert.deepEqual([status, body.result], [200, 1], JSON.stringify(body))
}
