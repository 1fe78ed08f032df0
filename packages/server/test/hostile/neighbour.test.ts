/** What one tenant does badly changes nothing for another: neither its answers nor, beside its own idle times, how long they take. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { least } from '../support/overhead.ts'
import { startTestServer, until, type TestServer } from '../support/test-server.ts'

let server: TestServer
let quiet: string
let loud: string
before(async () => {
  server = await startTestServer({ blocks: { hosts: 2, spares: 1 } })
  quiet = (await server.token()).token
  loud = (await server.token()).token
})
after(() => server[Symbol.asyncDispose]())

const answersOfRound = 40

/** Nobody can know earlier that a run will be long, in milliseconds: the `shortMs` of the pool. */
const unknownMs = 25

/** Milliseconds of each answer, in ascending order. */
async function answerTimes(): Promise<number[]> {
  const times: number[] = []
  for (let count = 0; count < answersOfRound; count += 1) {
    const startedAtMs = performance.now()
    const { status, body } = await server.ask('POST', '/v1/run', {
      token: quiet,
      body: { code: 'return input', input: count },
    })
    assert.deepEqual([status, body.result], [200, count], JSON.stringify(body))
    times.push(performance.now() - startedAtMs)
  }
  return times.toSorted((one, other) => one - other)
}

const at = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0

/** Runs of the loud tenant, one after the other, from as many callers, until they are told to stop. */
function disturb(
  callers: number,
  codes: readonly string[],
): { readonly underWay: Promise<void>; readonly statuses: Set<number>; stop(): Promise<void> } {
  const statuses = new Set<number>()
  const underWay = Promise.withResolvers<void>()
  let over = false
  const all = Array.from({ length: callers }, async (_, caller) => {
    for (let count = caller; !over; count += 1) {
      const code = codes[count % codes.length]
      const { status } = await server.ask('POST', '/v1/run', { token: loud, body: { code, limits: { wallMs: 500 } } })
      statuses.add(status)
      underWay.resolve()
      // Refused callers that come again at once would measure the client.
      if (status === 429 || status === 503) await new Promise((resolve) => setTimeout(resolve, 100))
    }
  })
  return {
    underWay: underWay.promise,
    statuses,
    stop: async () => {
      over = true
      await Promise.all(all)
    },
  }
}

interface Disturbance {
  readonly name: string
  readonly callers: number
  readonly codes: readonly string[]
  readonly statuses: readonly number[]
  /** What the machine does in the rounds to compare with: nothing, or runs as many as the others that harm nobody. */
  readonly control?: readonly string[]
}

const disturbances: readonly Disturbance[] = [
  { name: 'fifty endless loops', callers: 50, codes: ['for (;;);'], statuses: [429, 503, 504] },
  {
    name: 'failing blocks',
    callers: 8,
    codes: ['return (', 'throw new Error("x")', 'return undefined', 'null.x', 'await new Promise(() => {})'],
    statuses: [422, 429, 503, 504],
    control: ['return 1', 'return "text"', 'return null', 'return {}', 'await null; return 2'],
  },
  {
    name: 'blocks that cost hosts',
    callers: 4,
    codes: ['let x = 3n; for (;;) x = x * x', 'Array(2 ** 32 - 1).fill(0); return 1'],
    statuses: [429, 503, 504, 507],
  },
]

// The p99 of a machine that does nothing else is for `benchmarks/pool/neighbour.ts`. What the pool let pass would show in every round.
for (const { name, callers, codes, statuses, control } of disturbances)
  test(`${name} of one tenant leave another every answer, about as soon as without them`, async () => {
    for (const code of codes)
      await server.ask('POST', '/v1/run', { token: loud, body: { code, limits: { wallMs: 100 } } })
    await allHostsReady()
    const seen: string[] = []
    const excessMs = await least(8, 0, async () => {
      const calm = await timesBeside(callers, control ?? [])
      const disturbed = await timesBeside(callers, codes)
      for (const status of disturbed.statuses) assert.ok(statuses.includes(status), String(status))
      const [calmMs, disturbedMs] = [at(calm.times, 0.95), at(disturbed.times, 0.95)]
      seen.push(`${calmMs.toFixed(1)} and ${disturbedMs.toFixed(1)}`)
      return disturbedMs - Math.max(calmMs * 2, calmMs + unknownMs)
    })
    assert.ok(excessMs <= 0, `p95 in milliseconds, without and beside them: ${seen.join(', ')}`)
  })

async function timesBeside(
  callers: number,
  codes: readonly string[],
): Promise<{ times: number[]; statuses: Set<number> }> {
  if (codes.length === 0) return { times: await answerTimes(), statuses: new Set() }
  const disturbance = disturb(callers, codes)
  try {
    await disturbance.underWay
    return { times: await answerTimes(), statuses: disturbance.statuses }
  } finally {
    await disturbance.stop()
  }
}

/** Whose runs have cost hosts is known by then, and what they cost is there again. */
async function allHostsReady(): Promise<void> {
  await until(
    async () => (await server.admin('GET', '/admin/hosts')).body.hosts as { state: string }[],
    (hosts) => hosts.length === 3 && hosts.every(({ state }) => state === 'ready'),
  )
}
