/**
 * More than the server can do, by a timetable that does not wait for answers: what becomes of the accepted work, how fast the rest is
 * refused, and how soon it is over. Twice the capacity with the defaults, and four times with the target that the guide names.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { closedLoop, type LoopResult } from './support/closed-loop.ts'
import { openLoop, type OpenLoopResult } from './support/open-loop.ts'
import { OthersShare } from './support/others-share.ts'
import { promise } from './support/promises.ts'
import { startEvenkeel, type ServerProcess } from './support/server-process.ts'
import { setting } from './support/spread.ts'

const seconds = setting('SECONDS', 20)
interface Work {
  readonly body: string
  readonly result: string
}

const short = work(300_000)
/** Some ten milliseconds: what a target can be a multiple of. */
const long = work(setting('LOOPS', 10_000_000))

function work(loops: number): Work {
  const code = `let n = 0; for (let i = 0; i < ${loops}; i++) n += 1; return n`
  return { body: JSON.stringify({ code }), result: `"result":${loops}` }
}

const { perSecond, usualMs } = await withDefaults()
await withTarget(Math.max(1, Math.round(usualMs / 2)), perSecond)

/** How many of the long runs can be done in a second, and how long one takes when nobody waits. */
async function withDefaults(): Promise<{ perSecond: number; usualMs: number }> {
  await using server = await startEvenkeel('evenkeel')
  const capacity = await capacityOf(server, short, 8)
  report('half of it', await load(server, short, capacity.perSecond * 0.5, 5))
  report('double', await load(server, short, capacity.perSecond * 2, seconds))
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  report('half, 2 s after', await load(server, short, capacity.perSecond * 0.5, 5))
  const { perSecond: most, p50 } = await capacityOf(server, long, 2)
  return { perSecond: most, usualMs: p50 }
}

async function withTarget(queueTargetMs: number, capacity: number): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-overload-'))
  try {
    writeFileSync(join(folder, 'evenkeel.config.json'), JSON.stringify({ blocks: { queueTargetMs, burstMs: 0 } }))
    await using server = await startEvenkeel('evenkeel', [folder])
    console.log(`\nwith a target of ${queueTargetMs} ms and no room for bursts`)
    const calm = await load(server, long, capacity * 0.5, 5)
    report('half of it', calm)
    const others = new OthersShare(() => server.cpuMs())
    const before = waited(server)
    const flood = await load(server, long, capacity * 4, seconds)
    const requests = [...flood.latencies.values()].flat().length
    report('four times', flood)
    console.log(`other programs took ${(others.share * 100).toFixed(0)} % of the processors`)
    const [onMs, waitMs] = waited(server).map((ms, index) => ((ms - (before[index] ?? 0)) / requests).toFixed(3))
    console.log(
      `the gateway's main thread computed ${onMs} ms for each request, and waited ${waitMs} ms for a processor`,
    )
    checkPromises(calm, flood)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function checkPromises(calm: OpenLoopResult, flood: OpenLoopResult): void {
  const [usual = [], taken = []] = [calm, flood].map(({ latencies }) => latencies.get(200))
  const refused = [...flood.latencies]
    .flatMap(([status, values]) => (status === 200 ? [] : values))
    .toSorted((a, b) => a - b)
  const statuses = [...flood.latencies.keys()]
  promise(
    'every answer is 200, 429 or 503',
    statuses.every((status) => [200, 429, 503].includes(status)),
  )
  promise('accepted runs have a p99 of at most twice that of half the load', at(taken, 0.99) <= 2 * at(usual, 0.99))
  promise('refusals have a p99 below 10 ms', at(refused, 0.99) < 10)
  promise('nobody waits for 5 s', Math.max(at(taken, 1), at(refused, 1)) < 5_000)
}

async function capacityOf({ url }: ServerProcess, { body, result }: Work, connections: number): Promise<LoopResult> {
  const check = (status: number, text: string): void => {
    if (status !== 200 || !text.includes(result)) throw new Error(`wrong answer ${status}: ${text}`)
  }
  const measured = await closedLoop({ url, connections, durationMs: 4_000, body: () => body, check })
  console.log(`capacity in a closed loop: ${measured.perSecond.toFixed(0)} /s`)
  return measured
}

function load({ url }: ServerProcess, { body }: Work, rate: number, forSeconds: number): Promise<OpenLoopResult> {
  return openLoop({ url, body, perSecond: rate, durationMs: forSeconds * 1_000 })
}

/** Of the gateway's main thread, in milliseconds: time on a processor, and waiting for one. */
function waited({ pid }: ServerProcess): readonly number[] {
  const fields = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'utf8').split(' ')
  return fields.slice(0, 2).map((ns) => Number(ns) / 1e6)
}

function report(name: string, { latencies, late }: OpenLoopResult): void {
  const parts = [...latencies].map(([status, values]) => {
    const [p50, p99, most] = [0.5, 0.99, 1].map((share) => at(values, share).toFixed(1))
    return `${values.length} × ${status}: p50 ${p50}, p99 ${p99}, max ${most} ms`
  })
  console.log(`${name.padEnd(18)} ${parts.join('; ')}; sent late: ${late}`)
}

/** Of sorted values. */
function at(values: readonly number[], share: number): number {
  return values[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN
}
