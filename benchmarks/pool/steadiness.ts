/**
 * What recycling does to the tail: the p99 of one client while nothing else happens, and while every host is replaced each 5 s.
 * The two take turns in each round.
 */
import { closedLoop } from './support/closed-loop.ts'
import { startEvenkeel } from './support/server-process.ts'
import { promise } from './support/promises.ts'
import { median, setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 10) * 1_000
const connections = setting('CONNECTIONS', 4)
const recycleEveryMs = 5_000

await using server = await startEvenkeel('evenkeel')
const signal: { stop: boolean } = { stop: false }

const disturbances: Readonly<Record<string, () => Promise<void>>> = {
  nothing: () => Promise.resolve(),
  recycling: async () => {
    while (!signal.stop) {
      const startedAtMs = performance.now()
      const response = await fetch(`${server.adminUrl}/admin/recycle`, { method: 'POST' })
      if (!response.ok) throw new Error(`recycling failed: ${await response.text()}`)
      await pause(recycleEveryMs - (performance.now() - startedAtMs))
    }
  },
}

const p99 = new Map<string, number[]>()
const longest = new Map<string, number[]>()
const rates = new Map<string, number[]>()
await measure(2_000)
for (let round = 0; round < rounds; round += 1) {
  for (const [name, disturb] of Object.entries(disturbances)) {
    signal.stop = false
    const disturbing = disturb()
    const result = await measure(durationMs)
    signal.stop = true
    await disturbing
    p99.set(name, [...(p99.get(name) ?? []), result.p99])
    rates.set(name, [...(rates.get(name) ?? []), result.perSecond])
    longest.set(name, [...(longest.get(name) ?? []), result.max])
  }
}

console.log(`${connections} connections, ${rounds} rounds of ${durationMs / 1_000} s: median (least–most)`)
for (const [name, values] of p99) {
  const ratio = median(values.map((value, round) => value / (p99.get('nothing')?.[round] ?? Number.NaN)))
  console.log(
    `${name.padEnd(14)} p99 ${spread(values)} ms  ×${ratio.toFixed(2)}  ${spread(rates.get(name) ?? [], 0)} /s`,
  )
}

const ratios = (p99.get('recycling') ?? []).map((value, round) => value / (p99.get('nothing')?.[round] ?? Number.NaN))
promise('while hosts are replaced all the time the p99 is at most twice that without', median(ratios) <= 2)
promise('no run takes longer than half a second, replaced or not', Math.max(...[...longest.values()].flat()) <= 500)

function measure(forMs: number): ReturnType<typeof closedLoop> {
  return closedLoop({
    url: server.url,
    connections,
    durationMs: forMs,
    body: (number) => `{"code":"return input.a + 1","input":{"a":${number}}}`,
    check: (status, text, number) => {
      const { result } = JSON.parse(text) as { result?: unknown }
      if (status !== 200 || result !== number + 1) throw new Error(`wrong answer ${status}: ${text}`)
    },
  })
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, forMs)))
}
