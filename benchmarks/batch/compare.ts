/**
 * Batching libraries side by side. Every contender runs in a process of its own against the same kind of destination; rounds are
 * interleaved and their order is shuffled; CPU is of the whole process. Usage: node benchmarks/batch/compare.ts [scenario] [rounds]
 */
import { contenders } from './contenders/index.ts'
import { runLoad, type Load, type LoadResult } from './run-load.ts'

const scenarios: Readonly<Record<string, Omit<Load, 'contender'>>> = {
  /** The load of the original experiment, as each library comes out of the box. */
  defaults: { ratePerSecond: 2000, seconds: 15, latencyMs: 300, tuning: 'defaults', gzip: false },
  /** Each library set so that it can keep up. */
  tuned: { ratePerSecond: 2000, seconds: 15, latencyMs: 300, tuning: 'tuned', gzip: false },
  burst: { ratePerSecond: 60_000, seconds: 4, latencyMs: 50, tuning: 'tuned', gzip: true },
}

const [name = 'defaults', rounds = '3', only = Object.keys(contenders).join()] = process.argv.slice(2)
const scenario = scenarios[name]
if (scenario === undefined)
  throw new Error(`No scenario "${name}", expected one of ${Object.keys(scenarios).join(', ')}`)
const results: LoadResult[] = []
for (let round = 1; round <= Number(rounds); round += 1) {
  for (const contender of shuffled(only.split(','))) {
    const result = await runLoad({ ...scenario, contender })
    if (result.contender === 'evenkeel' && (result.deliveredShare !== 1 || result.duplicates > 0)) {
      throw new Error(`Wrong answer before any time: ${JSON.stringify(result)}`)
    }
    results.push(result)
  }
}
console.log(`${name}: ${JSON.stringify(scenario)}, ${rounds} rounds, node ${process.version}`)
console.table(only.split(',').map((contender) => summary(results.filter((result) => result.contender === contender))))

function summary(rounds: readonly LoadResult[]): object {
  return {
    contender: rounds[0]?.contender,
    'delivered %': spread(rounds.map((each) => each.deliveredShare * 100)),
    'before close %': spread(rounds.map((each) => (each.deliveredBeforeClose / each.offered) * 100)),
    'CPU µs/event': spread(rounds.map((each) => each.cpuMicrosPerEvent)),
    requests: spread(rounds.map((each) => each.requests)),
    'max in flight': Math.max(...rounds.map((each) => each.maxInFlight)),
    'RSS + MB': spread(rounds.map((each) => each.grownMb)),
    'loop p99 ms': spread(rounds.map((each) => each.delayP99Ms)),
  }
}

/** Median, and the range of all rounds. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right)
  const show = (value = 0): string => (value >= 1000 ? value.toFixed(0) : value.toPrecision(3))
  const median = show(sorted[sorted.length >> 1])
  return sorted.length === 1 ? median : `${median} [${show(sorted[0])}…${show(sorted.at(-1))}]`
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, rank: Math.random() }))
    .sort((left, right) => left.rank - right.rank)
    .map(({ item }) => item)
}
