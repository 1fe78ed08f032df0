/**
 * Memory and size of a 12 h run at 50 requests a second, in simulated time and on a simulated network. Half a day of garbage is made
 * in half a minute, and V8 would rather grow than collect it; a heap of 128 MiB shows what the run needs instead of what V8 likes.
 * Usage: `node --conditions=@evenkeel/source benchmarks/lab/long-run.ts [hours] [requests per second]`.
 */
import { parseScript, runLoad } from '@evenkeel/lab'
import { spawnSync } from 'node:child_process'
import { SimulatedClock, simulatedNetwork } from './support/simulation.ts'

const heapFlags = ['--max-old-space-size=128', '--max-semi-space-size=8'] as const

if (!process.execArgv.includes(heapFlags[0])) {
  const { status } = spawnSync(process.execPath, [...process.execArgv, ...heapFlags, ...process.argv.slice(1)], {
    stdio: 'inherit',
  })
  process.exit(status ?? 1)
}

const hours = Number(process.argv[2] ?? 12)
const perSecond = Number(process.argv[3] ?? 50)
const rssLimitMiB = 300
const fileLimitMiB = 50

const clock = new SimulatedClock()
const script = await parseScript({
  config: { target: 'http://simulated.test', phases: [{ duration: `${hours}h`, arrivalRate: perSecond }] },
  scenarios: [{ flow: [{ get: { url: '/' } }] }],
})
const startedMs = performance.now()
const result = await clock.runUntil(
  runLoad({
    plan: { kind: 'script', script },
    clock,
    transport: simulatedNetwork(clock, () => 5 + Math.random() * 50),
  }),
)
if (result.requests.responses !== hours * 3600 * perSecond) throw new Error(`${result.requests.responses} answers`)
const rssMiB = process.resourceUsage().maxRSS / 1024
const fileMiB = JSON.stringify(result).length / 1024 ** 2
console.log(
  `${hours} h at ${perSecond}/s: ${result.requests.responses} requests in ${((performance.now() - startedMs) / 1000).toFixed(0)} s`,
)
console.log(
  `peak RSS ${rssMiB.toFixed(0)} MiB (limit ${rssLimitMiB}), result ${fileMiB.toFixed(1)} MiB (limit ${fileLimitMiB}), ${result.series.bins.length} slices of ${result.series.binMs / 1000} s`,
)
if (rssMiB > rssLimitMiB || fileMiB > fileLimitMiB) process.exitCode = 1
