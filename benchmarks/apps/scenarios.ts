/**
 * Requests a second and their tail in the seven scenarios of small and large answers, mixed routes, pauses and errors, and on a route that
 * computes. Each route of each contender is checked first; then the contenders take turns in each round.
 */
import { loadavg } from 'node:os'
import { median, setting, spread } from '../pool/support/spread.ts'
import { checkAnswers } from './support/check-answers.ts'
import { startContenders, type Contender } from './support/contenders.ts'
import { wrk, type Load, type Measured } from './support/wrk.ts'

const rounds = setting('ROUNDS', 5)
const seconds = setting('SECONDS', 10)
const only = (process.env['ONLY'] ?? '').split(',').filter((name) => name !== '')
const wanted = (process.env['SCENARIOS'] ?? '').split(',').filter((name) => name !== '')

const mixed = ['GET /fast', 'GET /medium', 'POST /echo']
const scenarios: Readonly<Record<string, Omit<Load, 'seconds'> & { readonly failedShare?: number }>> = {
  '1 serial': { routes: ['GET /test'], connections: 1 },
  '2 concurrent': { routes: ['GET /concurrent'], connections: 10 },
  '3 stress': { routes: ['GET /stress'], connections: 50 },
  '4 mixed': { routes: mixed, connections: 20 },
  '5 stable': { routes: ['GET /stable'], connections: 10, pauseMs: 10 },
  '6 large': { routes: ['GET /large'], connections: 20 },
  '7 errors': { routes: ['GET /unstable'], connections: 20, failedShare: 0.1 },
  '8 cpu': { routes: ['GET /cpu'], connections: 10 },
}

console.log(
  `load of the machine before: ${loadavg()
    .map((each) => each.toFixed(2))
    .join(' ')}`,
)
const contenders = await startContenders(only)
await using stack = new AsyncDisposableStack()
for (const contender of contenders) stack.use(contender)
for (const contender of contenders) await checkAnswers(contender.url)
for (const [name, load] of Object.entries(scenarios)) {
  if (wanted.length === 0 || wanted.some((each) => name.startsWith(each))) await compare(name, load)
}
console.log(
  `\nload of the machine after: ${loadavg()
    .map((each) => each.toFixed(2))
    .join(' ')}`,
)

async function compare(name: string, { failedShare = 0, ...load }: (typeof scenarios)[string]): Promise<void> {
  const results = new Map<Contender, Round[]>(contenders.map((each) => [each, []]))
  for (const { url } of contenders) await wrk(url, { ...below(url, load), seconds: 1 })
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders.toSorted(() => Math.random() - 0.5)) {
      const cpuBeforeMs = contender.cpuMs()
      const measured = await wrk(contender.url, { ...below(contender.url, load), seconds })
      const cpuUs = ((contender.cpuMs() - cpuBeforeMs) * 1_000) / measured.requests
      const wrong = measured.failed / measured.requests
      if (measured.broken > 0 || Math.abs(wrong - failedShare) > 0.005)
        throw new Error(
          `${contender.name}: ${measured.failed} of ${measured.requests} failed, ${measured.broken} broke`,
        )
      results.get(contender)?.push({ ...measured, cpuUs })
    }
  }
  console.log(`\n${name}, ${load.connections} connections, ${rounds} rounds of ${seconds} s: median (least–most)`)
  const [baseline = []] = results.values()
  for (const [contender, measured] of results) {
    const pick = (field: keyof Round): number[] => measured.map((each) => each[field])
    const ratios = pick('perSecond').map((value, round) => value / (baseline[round]?.perSecond ?? Number.NaN))
    const cpuRatios = pick('cpuUs').map((value, round) => value / (baseline[round]?.cpuUs ?? Number.NaN))
    const cpu = `cpu ${spread(pick('cpuUs'))} µs each ×${median(cpuRatios).toFixed(2)}`
    const times = `p50 ${spread(pick('p50'), 2)}  p99 ${spread(pick('p99'), 2)}  p99.9 ${spread(pick('p999'), 2)} ms`
    console.log(
      `${contender.name.padEnd(16)} ${spread(pick('perSecond'), 0)} /s  ×${median(ratios).toFixed(2)}  ${times}  ${cpu}`,
    )
  }
}

interface Round extends Measured {
  /** Processor time of a request, in microseconds. */
  readonly cpuUs: number
}

/** A routed app is asked below its mount. */
function below(url: string, load: Omit<Load, 'seconds'>): Omit<Load, 'seconds'> {
  const base = new URL(url).pathname.replace(/\/$/, '')
  return { ...load, routes: load.routes.map((route) => route.replace(' ', ` ${base}`)) }
}
