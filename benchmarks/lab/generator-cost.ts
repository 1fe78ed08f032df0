/**
 * CPU time of the generator for each request, by way of sending, beside autocannon and, with `ARTILLERY=<its bin/run>`, beside Artillery.
 * Each measurement is a process of its own; the order of each round is random.
 * Usage: `node --conditions=@evenkeel/source benchmarks/lab/generator-cost.ts [rounds]`.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { artilleryCpuUs, type SteadyLoad } from './support/artillery.ts'
import { startTarget } from './support/target.ts'
import { median, shuffled, spread } from './support/spread.ts'

const labWays = ['lab-run-kept', 'lab-run-single', 'lab-quick'] as const
const ways = [...labWays, 'autocannon', 'artillery-kept', 'artillery-single'] as const
type Way = (typeof ways)[number]

/**
 * The promise of each way in microseconds on the machine of the research, and what the same work cost Artillery 2.0.34 there. A machine of
 * another speed moves both, so where the microseconds are above the promise and Artillery is at hand, their ratio counts.
 */
const promises: Readonly<
  Partial<Record<Way, { readonly us: number; readonly rival?: Way; readonly rivalUs?: number }>>
> = {
  'lab-run-kept': { us: 120, rival: 'artillery-kept', rivalUs: 650 },
  'lab-run-single': { us: 350, rival: 'artillery-single', rivalUs: 1140 },
  'lab-quick': { us: 45 },
}
const loads: Readonly<Partial<Record<Way, Omit<SteadyLoad, 'url'>>>> = {
  'artillery-kept': { durationS: 3, usersPerSecond: 60, requestsPerUser: 50 },
  'artillery-single': { durationS: 3, usersPerSecond: 600, requestsPerUser: 1 },
}

const rounds = Number(process.argv[2] ?? 5)
const artillery = process.env['ARTILLERY']
const measured = ways.filter((way) => artillery !== undefined || loads[way] === undefined)
const costs = new Map<Way, number[]>(measured.map((way) => [way, []]))
const child = fileURLToPath(new URL('./generator-cost.child.ts', import.meta.url))

await using target = await startTarget('fast')
for (let round = 0; round < rounds; round++) {
  for (const way of shuffled(measured)) costs.get(way)?.push(await costUs(way))
}

const base = median(costs.get('autocannon') ?? [])
console.log(`CPU µs of the generator for each request (for each user: -single), ${rounds} rounds, median (min–max)`)
for (const way of measured) {
  const values = costs.get(way) ?? []
  console.log(
    `${way.padEnd(16)} ${spread(values).padEnd(26)} × autocannon ${(median(values) / base).toFixed(2)}${verdict(way)}`,
  )
}

async function costUs(way: Way): Promise<number> {
  const load = loads[way]
  if (load !== undefined && artillery !== undefined) {
    const cpuUs = await artilleryCpuUs(artillery, { ...load, url: target.url })
    await target.report()
    return cpuUs / (load.durationS * load.usersPerSecond * load.requestsPerUser)
  }
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=@evenkeel/source',
    child,
    way,
    target.url,
  ])
  const { units, cpuUs, wrong } = JSON.parse(stdout) as { units: number; cpuUs: number; wrong: number }
  const { served } = await target.report()
  if (wrong > 0 || units === 0 || served === 0) throw new Error(`${way}: ${wrong} wrong answers of ${units}`)
  return cpuUs / units
}

function verdict(way: Way): string {
  const promise = promises[way]
  if (promise === undefined) return ''
  const own = median(costs.get(way) ?? [])
  const rival = promise.rival === undefined ? undefined : costs.get(promise.rival)
  const isWithin = own <= promise.us
  if (isWithin || promise.rivalUs === undefined || rival === undefined)
    return broken(!isWithin, `  limit ${promise.us}`)
  const share = own / median(rival)
  const limit = promise.us / promise.rivalUs
  return broken(
    share > limit,
    `  × Artillery ${share.toFixed(3)}, limit ${limit.toFixed(3)} (${promise.us} of ${promise.rivalUs})`,
  )
}

function broken(isBroken: boolean, text: string): string {
  if (isBroken) process.exitCode = 1
  return `${text}: ${isBroken ? 'BROKEN' : 'kept'}`
}
