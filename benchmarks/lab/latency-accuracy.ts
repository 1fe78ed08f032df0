/**
 * Reported latency beside what the server measured itself: known delays of 50 and 200 ms, and a server that freezes for 3 s.
 * Usage: `node --conditions=@evenkeel/source benchmarks/lab/latency-accuracy.ts [rounds]`.
 */
import { parseScript, runLoad } from '@evenkeel/lab'
import { LatencyHistogram, type EncodedHistogram, type LabResult } from '@evenkeel/lab/result'
import { startTarget } from './support/target.ts'
import { spread } from './support/spread.ts'

const rounds = Number(process.argv[2] ?? 3)
const tolerancePercent = 2

const errors = new Map<string, number[]>()
/** What the generator said of itself: a tail that a busy machine bent is not the lab's error, as long as the lab says so. */
const verdicts = new Set<string>()
for (let round = 0; round < rounds; round++) {
  await knownDelays()
  await freeze()
}
console.log(`difference to the reference in %, ${rounds} rounds, median (min–max); tolerance ${tolerancePercent} %`)
for (const [name, values] of errors) {
  const worst = Math.max(...values.map(Math.abs))
  console.log(`${name.padEnd(34)} ${spread(values, 2)}${worst > tolerancePercent ? '  OUTSIDE' : ''}`)
  if (worst > tolerancePercent && verdicts.has('ok') && verdicts.size === 1) process.exitCode = 1
}

console.log(`generator: ${[...verdicts].join(', ')}`)

async function knownDelays(): Promise<void> {
  await using target = await startTarget('known')
  const result = await run(target.url, { duration: 6, arrivalRate: 100 })
  const { seenMs } = await target.report()
  // The network and the generator's own turn come on top of what the server sees: a fraction of a millisecond on loopback.
  for (const percent of [50, 95, 99])
    note(`known delays, service p${percent}`, at(result.latency.service, percent), exact(seenMs, percent))
}

/** The reference is the moment at which the server had answered each request, less the moment at which the plan wanted it sent. */
async function freeze(): Promise<void> {
  const perSecond = 200
  await using target = await startTarget('freeze')
  const result = await run(target.url, { duration: 12, arrivalRate: perSecond })
  const { answeredAtEpochMs } = await target.report()
  const expected = answeredAtEpochMs
    .toSorted((a, b) => a - b)
    .map((atMs, index) => atMs - result.meta.startedAtEpochMs - ((index + 1) * 1000) / perSecond)
  for (const percent of [85, 90, 95, 99])
    note(`freeze of 3 s, latency p${percent}`, at(result.latency.latency, percent), exact(expected, percent))
}

async function run(
  url: string,
  phase: { readonly duration: number; readonly arrivalRate: number },
): Promise<LabResult> {
  const script = await parseScript({
    config: { target: url, http: { pool: 20 }, phases: [phase] },
    scenarios: [{ flow: [{ get: { url: '/' } }] }],
  })
  const result = await runLoad({ plan: { kind: 'script', script } })
  verdicts.add(result.generator.verdict)
  const planned = phase.duration * phase.arrivalRate
  if (result.codes['200'] !== planned) throw new Error(`${result.codes['200'] ?? 0} right answers of ${planned}`)
  return result
}

function at(histogram: EncodedHistogram, percent: number): number {
  return LatencyHistogram.decode(histogram).percentile(percent) / 1000
}

function exact(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil((percent / 100) * sorted.length) - 1] ?? 0
}

function note(name: string, measured: number, reference: number): void {
  const list = errors.get(name) ?? []
  list.push(((measured - reference) / reference) * 100)
  errors.set(name, list)
}
