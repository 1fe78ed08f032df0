/**
 * Minutes of steady load by a timetable, cut into windows: the tail of those in which hosts are replaced beside that of the others, and whether
 * any run took long. Hosts are replaced when they have done their number of runs, as ever; with `FORCED=1` all of them are in every other window.
 */
import { loadavg } from 'node:os'
import { closedLoop } from './support/closed-loop.ts'
import { openLoop } from './support/open-loop.ts'
import { OthersShare } from './support/others-share.ts'
import { promise } from './support/promises.ts'
import { ratioInterval } from './support/ratio-interval.ts'
import { startEvenkeel } from './support/server-process.ts'
import { median, setting, spread } from './support/spread.ts'
import { trivialBody } from './support/trivial.ts'

const minutes = setting('MINUTES', 10)
const windowMs = setting('SECONDS', 30) * 1_000
const share = setting('SHARE', 0.4)
const forced = process.env['FORCED'] === '1'

/** Above it a window says what other programs did to the tail, as a share of the processors. */
const mostOthers = setting('MOST_OTHERS', 0.05)

interface Window {
  /** Share of the processors that other programs took. */
  readonly others: number
  /** Hosts that were replaced. */
  readonly replaced: number
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
const windows: Window[] = []
for (let left = Math.round((minutes * 60_000) / windowMs); left > 0; left -= 1)
  windows.push(await windowOf(forced && left % 2 === 1 ? recycle : () => Promise.resolve()))
const quiet = windows.filter(({ others }) => others <= mostOthers)
console.log(
  `${quiet.length} of ${windows.length} windows had the machine to themselves (others took at most ${mostOthers * 100} %)`,
)
const kinds = {
  'nothing replaced': quiet.filter(({ replaced }) => replaced === 0),
  'hosts replaced': quiet.filter(({ replaced }) => replaced > 0),
}
const metrics = await (await fetch(`${server.adminUrl}/metrics`)).text()
for (const line of metrics.split('\n')) if (/^runtime_pool_shed_total.* [1-9]/.test(line)) console.log(line)

for (const [name, some] of Object.entries(kinds)) {
  const refused = some.reduce((sum, each) => sum + each.refused, 0)
  const pick = (field: 'p50' | 'p99' | 'max'): string => spread(some.map((each) => each[field]))
  const whole = at(
    some.flatMap(({ all }) => all).toSorted((one, other) => one - other),
    0.99,
  )
  console.log(
    `${name.padEnd(17)} ${some.length} windows: p50 ${pick('p50')}  p99 ${pick('p99')}  max ${pick('max')} ms; p99 of all their runs ${whole.toFixed(1)} ms, ${refused} refused`,
  )
}
const [without = [], withSome = []] = Object.values(kinds).map((some) => some.map(({ p99 }) => p99))
const ratio = median(withSome) / median(without)
const interval = ratioInterval(withSome, without).map((bound) => bound.toFixed(2))
console.log(
  `${forced ? 'all hosts' : 'hosts that are due'} replaced: the p99 of windows (medians) ×${ratio.toFixed(2)}, with 95 % confidence ×${interval.join('–')}`,
)
promise('the p99 of windows with a replacement is within 10 % of that of the others', ratio <= 1.1)
promise(
  'no run takes longer than half a second',
  quiet.every(({ max }) => max <= 500),
)

async function capacity(): Promise<number> {
  const options = { url: server.url, body: trivialBody, check: (): void => undefined, connections: 8 }
  await closedLoop({ ...options, durationMs: 3_000 })
  return (await closedLoop({ ...options, durationMs: 3_000 })).perSecond
}

async function windowOf(disturb: () => Promise<void>): Promise<Window> {
  const others = new OthersShare(() => server.cpuMs())
  const before = await rotation()
  const [{ latencies }] = await Promise.all([
    openLoop({ url: server.url, body: trivialBody(1), perSecond, durationMs: windowMs }),
    disturb(),
  ])
  const all = (latencies.get(200) ?? []).toSorted((one, other) => one - other)
  const refused = [...latencies].reduce((sum, [status, values]) => sum + (status === 200 ? 0 : values.length), 0)
  const replaced = (await rotation()).filter((hostId) => !before.includes(hostId)).length
  return {
    others: others.share,
    replaced,
    refused,
    p50: at(all, 0.5),
    p99: at(all, 0.99),
    max: all.at(-1) ?? Number.NaN,
    all,
  }
}

async function recycle(): Promise<void> {
  const response = await fetch(`${server.adminUrl}/admin/recycle`, { method: 'POST' })
  if (!response.ok) throw new Error(`recycling failed: ${await response.text()}`)
}

async function rotation(): Promise<number[]> {
  const { hosts } = (await (await fetch(`${server.adminUrl}/admin/hosts`)).json()) as {
    hosts: { hostId: number; rotation: boolean }[]
  }
  return hosts.filter((host) => host.rotation).map(({ hostId }) => hostId)
}

function at(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
