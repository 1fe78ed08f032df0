/**
 * How many trivial blocks a second, and how long the slowest take: Evenkeel with a fresh context for each run, the same with code that
 * was never seen before, and two servers that keep fewer promises. Every answer is checked; the arms take turns in each round.
 */
import { closedLoop, type LoopResult } from './support/closed-loop.ts'
import { startEvenkeel, startRival, type ServerProcess } from './support/server-process.ts'
import { OthersShare } from './support/others-share.ts'
import { promise } from './support/promises.ts'
import { median, setting, spread } from './support/spread.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 5) * 1_000

interface Arm {
  readonly name: string
  readonly server: ServerProcess
  readonly body: (number: number) => string
}

interface Round extends LoopResult {
  readonly cpuMsPerRun: number
  /** Runs that were refused or failed; an answer that is wrong ends the benchmark. */
  readonly failed: number
}

await using evenkeel = await startEvenkeel('evenkeel')
await using isolatedVm = await startRival('isolated-vm')
await using nodeVm = await startRival('node-vm')

const same = (number: number): string => `{"code":"return input.a + 1","input":{"a":${number}}}`
const unique = (number: number): string => `{"code":"return input.a + 1 // ${Math.random()}","input":{"a":${number}}}`
const later = (number: number): string => `{"code":"await null; return input.a + 1","input":{"a":${number}}}`
const arms: readonly Arm[] = [
  { name: 'evenkeel', server: evenkeel, body: same },
  { name: 'evenkeel, asynchronous', server: evenkeel, body: later },
  { name: 'evenkeel, unique code', server: evenkeel, body: unique },
  { name: 'isolated-vm in process', server: isolatedVm, body: same },
  { name: 'node:vm in process', server: nodeVm, body: same },
]

let failures = 0
for (const arm of arms) await measure(arm, 16, 1_000)
for (const connections of [1, 16, 100]) await compare(connections)
console.log(
  `memory: gateway ${evenkeel.residentMb().own.toFixed(0)} MiB, hosts ${evenkeel
    .residentMb()
    .children.map((mb) => mb.toFixed(0))
    .join(', ')} MiB`,
)

async function compare(connections: number): Promise<void> {
  const results = new Map<Arm, Round[]>(arms.map((arm) => [arm, []]))
  const others = new OthersShare(() => [evenkeel, isolatedVm, nodeVm].reduce((sum, server) => sum + server.cpuMs(), 0))
  for (let round = 0; round < rounds; round += 1) {
    const order = arms.toSorted(() => Math.random() - 0.5)
    for (const arm of order) results.get(arm)?.push(await measure(arm, connections, durationMs))
  }
  console.log(
    `\n${connections} connections, ${rounds} rounds of ${durationMs / 1_000} s, other programs took ${(others.share * 100).toFixed(0)} % of the processors: median (least–most)`,
  )
  const [baseline = []] = results.values()
  for (const [{ name }, measured] of results) {
    const pick = (field: keyof Round): number[] => measured.map((each) => each[field])
    const ratio = median(pick('perSecond').map((value, round) => value / (baseline[round]?.perSecond ?? Number.NaN)))
    console.log(
      `${name.padEnd(24)} ${spread(pick('perSecond'), 0)} /s  ×${ratio.toFixed(2)}  p50 ${spread(pick('p50'))}  p99 ${spread(pick('p99'))}  max ${spread(pick('max'), 0)} ms  cpu ${spread(pick('cpuMsPerRun'), 2)} ms/run  failed ${spread(pick('failed'), 0)}`,
    )
  }
  const of = (name: string): readonly Round[] => [...results].find(([arm]) => arm.name === name)?.[1] ?? []
  checkPromises(connections, { sync: of('evenkeel'), asynchronous: of('evenkeel, asynchronous') })
}

/** Of two processors that do nothing else. */
function checkPromises(
  connections: number,
  arms: { readonly sync: readonly Round[]; readonly asynchronous: readonly Round[] },
): void {
  const of = (rounds: readonly Round[], field: keyof Round): number => median(rounds.map((round) => round[field]))
  const { sync, asynchronous } = arms
  if (connections === 16) {
    promise('16 connections: 900 runs a second', of(sync, 'perSecond') >= 900)
    promise('16 connections: p99 of 60 ms, and none above 250', of(sync, 'p99') <= 60 && of(sync, 'max') <= 250)
    promise('16 connections, asynchronous: 700 runs a second', of(asynchronous, 'perSecond') >= 700)
    promise('16 connections, asynchronous: p99 of 60 ms', of(asynchronous, 'p99') <= 60)
  }
  if (connections === 100)
    promise('100 connections: p99 of 300 ms, and none above 500', of(sync, 'p99') <= 300 && of(sync, 'max') <= 500)
}

async function measure({ server, body }: Arm, connections: number, forMs: number): Promise<Round> {
  const cpuBeforeMs = server.cpuMs()
  failures = 0
  const result = await closedLoop({ url: server.url, connections, durationMs: forMs, body, check })
  return { ...result, cpuMsPerRun: (server.cpuMs() - cpuBeforeMs) / result.requests, failed: failures }
}

function check(status: number, text: string, number: number): void {
  const { result } = JSON.parse(text) as { result?: unknown }
  if (status === 200 && result === number + 1) return
  if (status === 200) throw new Error(`wrong answer: ${text}`)
  failures += 1
}
