/** Code that nobody sent before costs little more than code that everybody sends: nothing is kept by code that a tenant could crowd out. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hostCpuMs, procSkip } from '../support/hosts.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

const rounds = 6
const runsOfRound = 150
/** Some 60 lines, as a block of a workflow has. */
const lines = Array.from(
  { length: 60 },
  (_, line) => `const part${line} = { id: ${line}, text: \`line ${line}\` }`,
).join('\n')
let serial = 0

/** Processor time of a round in the host and here, in milliseconds. */
async function round(code: () => string): Promise<number> {
  const before = (await hostCpuMs(server)) + ownCpuMs()
  for (let run = 0; run < runsOfRound; run += 1) {
    const text = code()
    assert.equal((await server.run(text)).body.result, text.length)
  }
  return (await hostCpuMs(server)) + ownCpuMs() - before
}

function ownCpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

const withLength = (text: string): string => `${text}\nreturn ${`${text}\nreturn `.length + 4}`
const known = (): string => withLength(lines)
const unique = (): string => withLength(`${lines}\n// ${String((serial += 1)).padStart(6, '0')}`)

test('unique code takes at most 1/0.6 of the processor time of known code', { skip: procSkip }, async () => {
  await round(known)
  const ratios: number[] = []
  for (let count = 0; count < rounds; count += 1) {
    const [knownMs, uniqueMs] = [await round(known), await round(unique)]
    ratios.push(knownMs / uniqueMs)
  }
  const best = Math.max(...ratios)
  assert.ok(best >= 0.6, `known to unique code: ${ratios.map((ratio) => ratio.toFixed(2)).join(', ')}`)
})

test('code is known by its whole text: what differs in the last character is another program', async () => {
  const long = `/* ${'x'.repeat(60_000)} */ return `
  for (let number = 0; number < 10; number += 1) assert.equal((await server.run(long + number)).body.result, number)
})
