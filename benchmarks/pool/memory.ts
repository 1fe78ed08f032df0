/**
 * Memory over time: the gateway and its hosts at the start, after many runs, once they are idle, and its slope under a steady load. `RUNS`
 * (default 100,000) are made as fast as 16 connections go; `MINUTES` (default 10) of load at a fixed rate follow.
 */
import { closedLoop } from './support/closed-loop.ts'
import { openLoop } from './support/open-loop.ts'
import { startEvenkeel } from './support/server-process.ts'
import { median, setting } from './support/spread.ts'
import { checkTrivial, trivialBody } from './support/trivial.ts'

const wantedRuns = setting('RUNS', 100_000)
const minutes = setting('MINUTES', 10)
const perSecond = setting('PER_SECOND', 200)
/** Hosts give memory back when they were idle for half a minute. */
const idleMs = setting('IDLE_SECONDS', 45) * 1_000

interface Sample {
  readonly atS: number
  readonly ownMb: number
  readonly hostMb: number
}

await using server = await startEvenkeel('evenkeel')
await pause(2_000)
report('at the start')
let runs = 0
while (runs < wantedRuns) {
  const { requests } = await closedLoop({
    url: server.url,
    connections: 16,
    durationMs: 10_000,
    body: trivialBody,
    check: checkTrivial,
  })
  runs += requests
}
report(`after ${runs} runs`)
await pause(idleMs)
report(`idle for ${idleMs / 1_000} s`)

const samples: Sample[] = []
const startedAtMs = performance.now()
while (performance.now() - startedAtMs < minutes * 60_000) {
  const { latencies } = await openLoop({ url: server.url, body: trivialBody(1), perSecond, durationMs: 10_000 })
  if ([...latencies.keys()].some((status) => status !== 200))
    throw new Error(`refused: ${[...latencies.keys()].join()}`)
  const { own, children } = server.residentMb()
  samples.push({ atS: (performance.now() - startedAtMs) / 1_000, ownMb: own, hostMb: median(children) })
}
report(`after ${minutes} minutes at ${perSecond} /s`)
console.log(
  `slope: gateway ${slope('ownMb').toFixed(2)} MiB a minute, host (median) ${slope('hostMb').toFixed(2)} MiB a minute`,
)

function report(when: string): void {
  const { own, children } = server.residentMb()
  const hosts = children.map((mb) => mb.toFixed(0)).join(', ')
  const share = server.proportionalMb().toFixed(0)
  console.log(
    `${when.padEnd(28)} gateway ${own.toFixed(0)} MiB (${share} with shared pages divided), hosts ${hosts} MiB`,
  )
}

/** Least squares over the second half, when caches are full. */
function slope(of: 'ownMb' | 'hostMb'): number {
  const half = samples.slice(Math.floor(samples.length / 2))
  const meanS = half.reduce((sum, { atS }) => sum + atS, 0) / half.length
  const meanMb = half.reduce((sum, sample) => sum + sample[of], 0) / half.length
  const covariance = half.reduce((sum, sample) => sum + (sample.atS - meanS) * (sample[of] - meanMb), 0)
  const variance = half.reduce((sum, { atS }) => sum + (atS - meanS) ** 2, 0)
  return (covariance / variance) * 60
}

function pause(forMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, forMs))
}
