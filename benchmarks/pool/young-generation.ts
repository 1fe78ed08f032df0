/** Sizes of the young generation for hosts of isolates: blocks that make garbage, and blocks that make none. */
import { isolateEngine } from '@evenkeel/engine-isolate'
import { createPool, type Pool } from '@evenkeel/pool'
import { median, setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 7)
const durationMs = setting('SECONDS', 2) * 1_000
const inFlight = 4
const limits = {
  wallMs: 5_000,
  cpuMs: 5_000,
  memoryMb: 128,
  outputBytes: 10_000,
  logBytes: 1_000,
  hostCalls: 0,
}
const programs = {
  trivial: { source: 'return input + 1', expected: '2' },
  littering: {
    source: `let sum = 0
      for (let round = 0; round < 20; round += 1) {
        const rows = Array.from({ length: 2000 }, (_, index) => ({ index, name: 'row ' + index, tags: [index, index + 1] }))
        sum += JSON.parse(JSON.stringify(rows)).filter(({ tags }) => tags[0] % 2 === 0).length
      }
      return sum`,
    expected: '20000',
  },
} as const
const sizesMb = [undefined, 1, 4, 8, 16, 32]

interface Figures {
  readonly perSecond: number[]
  readonly p99Ms: number[]
  readonly cpuMs: number[]
  residentMb: number
}

await using stack = new AsyncDisposableStack()
const pools = new Map<string, Pool>()
for (const sizeMb of sizesMb) pools.set(nameOf(sizeMb), stack.use(await poolWith(sizeMb)))

for (const [title, { source, expected }] of Object.entries(programs)) {
  const figures = new Map<string, Figures>(
    [...pools.keys()].map((name) => [name, { perSecond: [], p99Ms: [], cpuMs: [], residentMb: 0 }]),
  )
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, pool] of pools)
      await measure(pool, { source, expected, kept: round >= 0 ? figures.get(name) : undefined })
  }
  print(title, figures)
}

function nameOf(sizeMb: number | undefined): string {
  return sizeMb === undefined ? "V8's own" : `${sizeMb} MiB`
}

function poolWith(sizeMb: number | undefined): Promise<Pool> {
  const engine = isolateEngine()
  const flags = sizeMb === undefined ? [] : [`--max-semi-space-size=${sizeMb}`]
  const launch: typeof engine.launch = (of) => {
    const ordinary = engine.launch(of)
    const others = ordinary.nodeFlags.filter((flag) => !flag.startsWith('--max-semi-space-size'))
    return { ...ordinary, nodeFlags: [...others, ...flags] }
  }
  return createPool({ engine: { ...engine, launch }, hosts: 2, spares: 0, maxMemoryMb: 128 })
}

async function measure(
  pool: Pool,
  { source, expected, kept }: { source: string; expected: string; kept: Figures | undefined },
): Promise<void> {
  const times: number[] = []
  let cpuMs = 0
  const endMs = performance.now() + durationMs
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const startedAtMs = performance.now()
      const { outcome } = await pool.run({
        tenant: 'one',
        program: { id: '', options: {}, source },
        input: '1',
        limits,
      })
      if (outcome.status !== 'ok' || Buffer.from(outcome.output).toString() !== expected)
        throw new Error(`a wrong answer: ${JSON.stringify(outcome)}`)
      times.push(performance.now() - startedAtMs)
      cpuMs += outcome.usage.cpuMs
    }
  }
  await Promise.all(Array.from({ length: inFlight }, client))
  if (kept === undefined) return
  kept.perSecond.push((times.length * 1_000) / durationMs)
  kept.p99Ms.push(times.toSorted((first, second) => first - second)[Math.floor(times.length * 0.99)] ?? Number.NaN)
  kept.cpuMs.push(cpuMs / times.length)
  kept.residentMb = Math.max(...pool.stats().hostList.map(({ residentMb }) => residentMb))
}

function print(title: string, figures: ReadonlyMap<string, Figures>): void {
  const [base] = figures.values()
  console.log(`\n${title}: ${inFlight} at a time, ${rounds} rounds of ${durationMs / 1_000} s: median (least–most)`)
  for (const [name, { perSecond, p99Ms, cpuMs, residentMb }] of figures) {
    const ratio = median(perSecond.map((value, round) => value / (base?.perSecond[round] ?? Number.NaN)))
    console.log(
      `${name.padEnd(9)} ${spread(perSecond, 0)} /s ×${ratio.toFixed(2)}  p99 ${spread(p99Ms)} ms  ` +
        `cpu ${spread(cpuMs, 2)} ms/run  largest host ${residentMb.toFixed(0)} MiB`,
    )
  }
}
