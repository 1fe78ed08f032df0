/**
 * What a hostile neighbour does to the tail: the p99 of one tenant while nothing else happens, and while another tenant always has 50
 * endless loops on the way. The two take turns in each round.
 */
import { closedLoop } from './support/closed-loop.ts'
import { startEvenkeel } from './support/server-process.ts'
import { promise } from './support/promises.ts'
import { median, setting, spread } from './support/spread.ts'
import { checkTrivial, trivialBody } from './support/trivial.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 10) * 1_000
const connections = setting('CONNECTIONS', 4)
const loops = 50

await using server = await startEvenkeel('evenkeel')
const [quiet, hostile] = await Promise.all([newToken('quiet'), newToken('hostile')])
const endings = new Map<number, number>()

const arms = { idle: 0, hostile: loops } as const
const p99 = new Map<string, number[]>()
const rates = new Map<string, number[]>()
await measure(2_000)
for (let round = 0; round < rounds; round += 1) {
  for (const [name, running] of Object.entries(arms)) {
    const stop = new AbortController()
    const disturbing = Array.from({ length: running }, () => loopUntil(stop.signal))
    const result = await measure(durationMs)
    stop.abort()
    await Promise.all(disturbing)
    p99.set(name, [...(p99.get(name) ?? []), result.p99])
    rates.set(name, [...(rates.get(name) ?? []), result.perSecond])
  }
}

console.log(`${connections} connections, ${rounds} rounds of ${durationMs / 1_000} s: median (least–most)`)
for (const [name, values] of p99) {
  const ratio = median(values.map((value, round) => value / (p99.get('idle')?.[round] ?? Number.NaN)))
  console.log(
    `${name.padEnd(8)} p99 ${spread(values)} ms  ×${ratio.toFixed(2)}  ${spread(rates.get(name) ?? [], 0)} /s`,
  )
}
const ratios = (p99.get('hostile') ?? []).map((value, round) => value / (p99.get('idle')?.[round] ?? Number.NaN))
promise('beside fifty endless loops the p99 is at most twice that without', median(ratios) <= 2)
console.log(`the loops ended with ${[...endings].map(([status, count]) => `${count} × ${status}`).join(', ')}`)

function measure(forMs: number): ReturnType<typeof closedLoop> {
  const { url } = server
  return closedLoop({
    url,
    connections,
    durationMs: forMs,
    token: quiet,
    body: trivialBody,
    check: checkTrivial,
  })
}

/** A refused loop comes again sooner than it was told to. Not at once: the benchmark is about runs, and so many requests would measure its client. */
async function loopUntil(stop: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${hostile}` }
  while (!stop.aborted) {
    const response = await fetch(server.url, { method: 'POST', headers, body: '{"code":"for (;;);"}' })
    await response.arrayBuffer()
    endings.set(response.status, (endings.get(response.status) ?? 0) + 1)
    if (response.status !== 504) await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

async function newToken(name: string): Promise<string> {
  const response = await fetch(`${server.adminUrl}/admin/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name, scopes: ['run'] }),
  })
  if (!response.ok) throw new Error(`no token: ${await response.text()}`)
  return ((await response.json()) as { token: string }).token
}
