/**
 * Minutes of steady load by a timetable, cut into windows: in every other one all hosts are replaced. The tail of those windows beside
 * that of the others, and whether any run took long.
 */
import { loadavg } from 'node:os'
import { closedLoop } from './support/closed-loop.ts'
import { openLoop } from './support/open-loop.ts'
import { OthersShare } from './support/others-share.ts'
import { promise } from './support/promises.ts'
import { startEvenkeel } from './support/server-process.ts'
import { median, setting, spread } from './support/spread.ts'
import { trivialBody } from './support/trivial.ts'

const minutes = setting('MINUTES', 10)
const windowMs = setting('SECONDS', 30) * 1_000
const share = setting('SHARE', 0.4)

/** Above it a window says what other programs did to the tail, as a share of the processors. */
const mostOthers = setting('MOST_OTHERS', 0.05)

interface Window {
  /** Share of the processors that other programs took. */
  readonly others: number
  readonly refused: number
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly all: readonly number[]
}

await using server = await startEvenkeel('evenkeel')
const perSecond = Math.round((await capacity()) * share)
console.log(
  `${perSecond} runs a second for ${minutes} minutes, load of the machine ${loadavg()[0]?.toFixed(2) ?? ''} (the client's own included)`,
)
const kinds = { 'nothing replaced': [] as Window[], 'all hosts replaced': [] as Window[] }
const pairs = Math.round((minutes * 60_000) / windowMs / 2)
for (let pair = 0; pair < pairs; pair += 1) {
  const calm = await windowOf(() => Promise.resolve())
  const disturbed = await windowOf(recycle)
  if (Math.max(calm.others, disturbed.others) > mostOthers) continue
  kinds['nothing replaced'].push(calm)
  kinds['all hosts replaced'].push(disturbed)
}
console.log(
  `${kinds['nothing replaced'].length} of ${pairs} pairs of windows had the machine to themselves (others took at most ${mostOthers * 100} %)`,
)
const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
for (const line of metrics.split('\n')) if (/^runtime_pool_shed_total.* [1-9]/.test(line)) console.log(line)

for (const [name, windows] of Object.entries(kinds)) {
  const refused = windows.reduce((sum, each) => sum + each.refused, 0)
  const pick = (field: 'p50' | 'p99' | 'max'): string => spread(windows.map((each) => each[field]))
  const whole = at(
    windows.flatMap(({ all }) => all).toSorted((one, other) => one - other),
    0.99,
  )
  console.log(
    `${name.padEnd(20)} windows: p50 ${pick('p50')}  p99 ${pick('p99')}  max ${pick('max')} ms; p99 of all their runs ${whole.toFixed(1)} ms, ${refused} refused`,
  )
}
const [calm = [], disturbed = []] = Object.values(kinds)
const ratios = disturbed.map(({ p99 }, index) => p99 / (calm[index]?.p99 ?? Number.NaN))
console.log(`p99 of a window with a replacement beside the one before it: ×${spread(ratios, 2)}`)
promise('the p99 of windows with a replacement is within 10 % of that of the others', median(ratios) <= 1.1)
promise(
  'no run takes longer than half a second',
  [...calm, ...disturbed].every(({ max }) => max <= 500),
)

async function capacity(): Promise<number> {
  const options = { url: server.url, body: trivialBody, check: (): void => undefined, connections: 8 }
  await closedLoop({ ...options, durationMs: 3_000 })
  return (await closedLoop({ ...options, durationMs: 3_000 })).perSecond
}

async function windowOf(disturb: () => Promise<void>): Promise<Window> {
  const others = new OthersShare(() => server.cpuMs())
  const [{ latencies }] = await Promise.all([
    openLoop({ url: server.url, body: trivialBody(1), perSecond, durationMs: windowMs }),
    disturb(),
  ])
  const all = (latencies.get(200) ?? []).toSorted((one, other) => one - other)
  const refused = [...latencies].reduce((sum, [status, values]) => sum + (status === 200 ? 0 : values.length), 0)
  return { others: others.share, refused, p50: at(all, 0.5), p99: at(all, 0.99), max: all.at(-1) ?? Number.NaN, all }
}

async function recycle(): Promise<void> {
  const response = await fetch(`${server.adminUrl}/admin/recycle`, { method: 'POST' })
  if (!response.ok) throw new Error(`recycling failed: ${await response.text()}`)
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
