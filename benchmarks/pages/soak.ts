/**
 * Pages at 70 % load, or `RATE` a second, while their hosts are replaced every 2,000 renders: `MINUTES=10 node --conditions=@evenkeel/source
 * benchmarks/pages/soak.ts` after `npx tsc -b`. Compares the requests of the moments in which a host was replaced with the others, and
 * says how the memory of all processes went.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setting } from '../pool/support/spread.ts'
import { startEvenkeel } from './support/arms.ts'
import { closedLoop, timedLoop, type TimedRequest } from './support/loops.ts'
import { residentMbOf } from './support/resident.ts'
import { makeSites } from './support/sites.ts'

const minutes = setting('MINUTES', 10)
const renders = setting('RENDERS', 2_000)

/** How often it is asked whether a host is being replaced: seldom enough to cost nothing, in milliseconds. */
const lookEveryMs = 100

interface Look {
  readonly atMs: number
  readonly recycling: boolean
  readonly residentMb: number
}

interface PoolNow {
  readonly recycling: boolean
  readonly states: { readonly starting: number; readonly draining: number }
}

await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-pages-soak-'))
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
const [site] = await makeSites(folder)
if (site === undefined) throw new Error('there is no site')
writeFileSync(
  join(site.dir, 'evenkeel.config.ts'),
  `export default ${JSON.stringify({ pages: { recycle: { renders } } })}\n`,
)
const { url, adminUrl, pid } = await startEvenkeel(stack, site.dir)
const { check } = site
const { perSecond: most } = await closedLoop({ url, connections: 10, durationMs: 5_000, check })
const perSecond = setting('RATE', Math.round(most * 0.7))
console.log(`load of the machine: ${loadavg()[0]?.toFixed(2)}; ${perSecond} pages a second for ${minutes} minutes`)

const looks: Look[] = []
const looking = setInterval(() => void look().then((made) => looks.push(made)), lookEveryMs)
const { requests, refused } = await timedLoop({ url, perSecond, durationMs: minutes * 60_000, check })
clearInterval(looking)

const windows = looks.filter(({ recycling }) => recycling).map(({ atMs }) => atMs)
const inside = requests.filter((request) => windows.some((atMs) => overlaps(request, atMs)))
const within = new Set(inside)
const outside = requests.filter((request) => !within.has(request))
print('while a host was replaced', inside)
print('otherwise', outside)
for (const share of [0.99, 0.999])
  console.log(`p${share * 100}: ×${(quantile(inside, share) / quantile(outside, share)).toFixed(2)}`)
console.log(`hosts replaced: ${await replaced()}; refused: ${refused}; every other answer was checked and whole`)
console.log(
  `memory of all processes: ${looks.at(0)?.residentMb.toFixed(0)} MiB at first, ${looks.at(-1)?.residentMb.toFixed(0)} at last, slope ${slope(looks.slice(Math.floor(looks.length / 5))).toFixed(2)} MiB a minute over the last four fifths`,
)

async function look(): Promise<Look> {
  const atMs = performance.now()
  const { pools } = (await (await fetch(`${adminUrl}/admin/pages`)).json()) as { pools: PoolNow[] }
  // One that stands by takes over at once; what costs something is the start of the next to stand by.
  const recycling = pools.some((pool) => pool.recycling || pool.states.starting > 0 || pool.states.draining > 0)
  return { atMs, recycling, residentMb: residentMbOf(pid) }
}

async function replaced(): Promise<number> {
  const text = await (await fetch(`${adminUrl}/metrics`)).text()
  const counts = text.split('\n').filter((line) => line.startsWith('runtime_pool_recycle_total{pool="pages-rendering"'))
  return counts.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

function overlaps({ dueMs, latencyMs }: TimedRequest, atMs: number): boolean {
  return dueMs < atMs + lookEveryMs && dueMs + latencyMs > atMs - lookEveryMs
}

function print(title: string, list: readonly TimedRequest[]): void {
  const [p50, p99, p999, max] = [0.5, 0.99, 0.999, 1].map((share) => quantile(list, share).toFixed(1))
  console.log(`${title.padEnd(28)} ${list.length} requests  p50 ${p50}  p99 ${p99}  p99.9 ${p999}  max ${max} ms`)
}

function quantile(list: readonly TimedRequest[], share: number): number {
  const sorted = list.map(({ latencyMs }) => latencyMs).toSorted((first, second) => first - second)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Least squares, in MiB a minute. */
function slope(list: readonly Look[]): number {
  const meanAt = list.reduce((sum, { atMs }) => sum + atMs, 0) / list.length
  const meanMb = list.reduce((sum, { residentMb }) => sum + residentMb, 0) / list.length
  const covariance = list.reduce((sum, { atMs, residentMb }) => sum + (atMs - meanAt) * (residentMb - meanMb), 0)
  return (covariance / list.reduce((sum, { atMs }) => sum + (atMs - meanAt) ** 2, 0)) * 60_000
}
