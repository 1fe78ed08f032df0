/**
 * Minutes at a share of the peak: the tail of each minute, and whether the memory of the processes grows. Fails when the tail of the last
 * minute is more than 15 % above that of the second, or resident memory grows by more than 1 MB a minute after the second.
 */
import { loadavg } from 'node:os'
import { setting } from '../pool/support/spread.ts'
import { checkAnswers } from './support/check-answers.ts'
import { startContenders } from './support/contenders.ts'
import { openLoop } from './support/open-loop.ts'
import { residentMb } from './support/resident-memory.ts'
import { wrk } from './support/wrk.ts'

const minutes = setting('MINUTES', 10)
const share = setting('SHARE', 0.7)
const name = process.env['ONLY'] ?? 'evenkeel ×2'

/** The client takes processors too: beyond this it would measure itself, in requests a second. */
const mostPerSecond = 3_000

const [contender] = await startContenders([name])
if (contender === undefined) throw new Error(`there is no contender "${name}"`)
await using running = contender
await checkAnswers(running.url)
const { pathname } = new URL(running.url)
const routes = [`GET ${pathname.replace(/\/$/, '')}/stress`]
const peak = (await wrk(running.url, { routes, connections: 20, seconds: 5 })).perSecond
const perSecond = Math.min(mostPerSecond, peak * share)
console.log(`${name}: ${perSecond.toFixed(0)} requests a second for ${minutes} minutes, load of the machine ${load()}`)

const p99s: number[] = []
const memory: number[] = []
let failed = 0
for (let minute = 1; minute <= minutes; minute += 1) {
  const tail = await openLoop(running, { perSecond, slowShare: 0, seconds: 60 })
  p99s.push(tail.p99)
  memory.push(residentMb(running.groups))
  failed += tail.failed
  console.log(
    `minute ${minute}: p50 ${tail.p50.toFixed(1)}  p99 ${tail.p99.toFixed(1)}  p99.9 ${tail.p999.toFixed(1)} ms, ${memory.at(-1)?.toFixed(0)} MB, load ${load()}`,
  )
}
const growth = slope(memory.slice(1))
const drift = (p99s.at(-1) ?? Number.NaN) / (p99s[1] ?? Number.NaN)
console.log(
  `p99 of the last minute ×${drift.toFixed(2)} of the second, memory ${growth.toFixed(2)} MB a minute, ${failed} failed`,
)
if (drift > 1.15 || growth > 1 || failed > 0) process.exitCode = 1

function load(): string {
  return loadavg()[0]?.toFixed(2) ?? '?'
}

/** Of a line through the values, by least squares. */
function slope(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length
  const over = values.reduce((sum, value, x) => sum + (x - meanX) * (value - meanY), 0)
  return over / values.reduce((sum, _value, x) => sum + (x - meanX) ** 2, 0)
}
