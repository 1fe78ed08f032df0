/**
 * Twice as much as the server can do, by a timetable that does not wait for answers: what becomes of the accepted work, how fast the
 * rest is refused, and how soon it is over.
 */
import { closedLoop } from './support/closed-loop.ts'
import { openLoop, type OpenLoopResult } from './support/open-loop.ts'
import { startEvenkeel } from './support/server-process.ts'
import { setting } from './support/spread.ts'

const seconds = setting('SECONDS', 20)
const body = '{"code":"let n = 0; for (let i = 0; i < 300000; i++) n += i; return n"}'

await using server = await startEvenkeel('evenkeel')
const check = (status: number, text: string): void => {
  if (status !== 200 || !text.includes('"result":44999850000')) throw new Error(`wrong answer ${status}: ${text}`)
}
const capacity = await closedLoop({ url: server.url, connections: 8, durationMs: 4_000, body: () => body, check })
console.log(`capacity in a closed loop: ${capacity.perSecond.toFixed(0)} /s`)
report('half of it', await load(0.5, 5))
report('double', await load(2, seconds))
await new Promise((resolve) => setTimeout(resolve, 2_000))
report('half, 2 s after', await load(0.5, 5))

function load(share: number, forSeconds: number): Promise<OpenLoopResult> {
  return openLoop({ url: server.url, body, perSecond: capacity.perSecond * share, durationMs: forSeconds * 1_000 })
}

function report(name: string, { latencies, late }: OpenLoopResult): void {
  const parts = [...latencies].map(([status, values]) => {
    const at = (share: number): string =>
      (values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN).toFixed(1)
    return `${values.length} × ${status}: p50 ${at(0.5)}, p99 ${at(0.99)}, max ${at(1)} ms`
  })
  console.log(`${name.padEnd(18)} ${parts.join('; ')}; sent late: ${late}`)
}
