/** What was ended uses no processor any more, whatever it was doing. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hostCpuMs, procSkip } from '../support/hosts.ts'
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
  'an array of a billion': 'return Array.from({ length: 1e9 }, (_, i) => i).length',
  'an interval that is left over': 'setInterval(() => { for (let i = 0; i < 1e6; i++); }, 1); return "early"',
}

for (const [name, code] of Object.entries(attacks))
  test(`no processor is left busy by ${name}`, { skip: procSkip }, async () => {
    const { body, elapsedMs } = await server.run(code, { limits: { wallMs } })
    assert.ok(elapsedMs < wallMs + slackMs(), `${elapsedMs} ms: ${JSON.stringify(body)}`)
    assert.equal((await server.run('return 1')).body.result, 1)
    // A replacement boots meanwhile, which costs processor time too: that ends, what was left running would not.
    await until(busyMs, (ms) => ms <= windowMs * 0.25)
  })

async function busyMs(): Promise<number> {
  const before = await hostCpuMs(server)
  await new Promise((resolve) => setTimeout(resolve, windowMs))
  return (await hostCpuMs(server)) - before
}
