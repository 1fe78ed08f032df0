/** What was ended uses no processor any more, whatever it was doing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cpuMsOf, procSkip, rotationPids } from '../support/hosts.ts'
import { slackMs } from '../support/slack.ts'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 2, spares: 1 } })
})
after(() => server[Symbol.asyncDispose]())

const wallMs = 300
const windowMs = 200

const attacks: Readonly<Record<string, string>> = {
  'a loop': 'while (true) {}',
  'a promise loop': 'for (;;) await null',
  'a microtask recursion': 'const f = () => queueMicrotask(f); f(); await new Promise((r) => setTimeout(r, 1e6))',
  'an interval of zero': 'setInterval(() => { for (let i = 0; i < 1e5; i++); }, 0); await new Promise(() => {})',
  'a regular expression': 'return /^(?=a)(a+)+$/.test("a".repeat(40) + "!")',
  'a comparator': '[1, 2].sort(() => { for (;;); }); return 1',
  'a conversion': 'return `${{ [Symbol.toPrimitive]() { for (;;); } }}`',
  'a result that never ends': 'return { toJSON() { for (;;); } }',
  'BigInt, which V8 cannot interrupt': 'let x = 3n; for (;;) x = x * x',
  'a power of BigInt': 'for (;;) 2n ** (10n ** 8n)',
  'text that is padded': 'for (;;) "x".padEnd(2 ** 29 - 25).replace(/x/, "y")',
  'JSON of two million brackets': 'for (;;) { try { JSON.parse("[".repeat(2e6)) } catch {} }',
  'a trap of the result': 'return new Proxy({}, { ownKeys() { for (;;); } })',
  'a generator': 'function* g() { for (;;) yield 1 } for (const x of g()); return 1',
  'an array of a billion': 'return Array.from({ length: 1e9 }, (_, i) => i).length',
  'an interval that is left over': 'setInterval(() => { for (let i = 0; i < 1e6; i++); }, 1); return "early"',
}

for (const [name, code] of Object.entries(attacks))
  test(`no processor is left busy by ${name}`, { skip: procSkip }, async () => {
    const pids = await rotationPids(server)
    const { body, elapsedMs } = await server.run(code, { limits: { wallMs } })
    assert.ok(elapsedMs < wallMs + slackMs(), `${elapsedMs} ms: ${JSON.stringify(body)}`)
    assert.equal((await server.run('return 1')).body.result, 1)
    // Processes that were there: the boot of a replacement is no work that was left. Making contexts ahead takes some milliseconds.
    await until(
      () => busyMs(pids),
      (ms) => ms <= windowMs * 0.15,
      1_000,
    )
  })

async function busyMs(pids: readonly number[]): Promise<number> {
  const before = pids.map(cpuMsOf)
  await new Promise((resolve) => setTimeout(resolve, windowMs))
  // One that is gone meanwhile is not busy.
  return pids.reduce((sum, pid, index) => sum + Math.max(0, cpuMsOf(pid) - (before[index] ?? 0)), 0)
}
