/**
 * CPU time of the generator for each request, by way of sending, beside autocannon. Each measurement is a process of its own; the
 * order of each round is random. Usage: `node --conditions=@evenkeel/source benchmarks/lab/generator-cost.ts [rounds]`.
 */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startTarget } from './support/target.ts'
import { median, shuffled, spread } from './support/spread.ts'

const ways = ['lab-run-kept', 'lab-run-single', 'lab-quick', 'autocannon'] as const
type Way = (typeof ways)[number]

/** The promise of each way in microseconds, and what the same work cost Artillery 2.0.34 on the machine of the research. */
const limits: Readonly<Record<Way, { readonly us?: number; readonly artilleryUs?: number }>> = {
  'lab-run-kept': { us: 120, artilleryUs: 650 },
  'lab-run-single': { us: 350, artilleryUs: 1140 },
  'lab-quick': { us: 45 },
  autocannon: {},
}

const rounds = Number(process.argv[2] ?? 5)
const costs = new Map<Way, number[]>(ways.map((way) => [way, []]))
const child = fileURLToPath(new URL('./generator-cost.child.ts', import.meta.url))

await using target = await startTarget('fast')
for (let round = 0; round < rounds; round++) {
  for (const way of shuffled(ways)) {
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--conditions=@evenkeel/source',
      child,
      way,
      target.url,
    ])
    const { units, cpuUs, wrong } = JSON.parse(stdout) as { units: number; cpuUs: number; wrong: number }
    const { served } = await target.report()
    if (wrong > 0 || units === 0 || served === 0) throw new Error(`${way}: ${wrong} wrong answers of ${units}`)
    costs.get(way)?.push(cpuUs / units)
  }
}

const base = median(costs.get('autocannon') ?? [])
console.log(
  `CPU µs of the generator for each request (for each user: lab-run-single), ${rounds} rounds, median (min–max)`,
)
for (const way of ways) {
  const measured = costs.get(way) ?? []
  const { us, artilleryUs } = limits[way]
  const promise = us === undefined ? '' : `  limit ${us}: ${median(measured) <= us ? 'kept' : 'BROKEN'}`
  const artillery = artilleryUs === undefined ? '' : `  Artillery (recorded): ${artilleryUs}`
  console.log(
    `${way.padEnd(15)} ${spread(measured).padEnd(24)} × autocannon ${(median(measured) / base).toFixed(2)}${promise}${artillery}`,
  )
  if (us !== undefined && median(measured) > us) process.exitCode = 1
}
