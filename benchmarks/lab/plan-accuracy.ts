/**
 * How well a plan of 1,000 arrivals a second is kept with the server on the same machine, by one and by two workers.
 * Usage: `node --conditions=@evenkeel/source benchmarks/lab/plan-accuracy.ts [rounds] [seconds]`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadScript, runInWorkers } from '@evenkeel/lab'
import { LatencyHistogram } from '@evenkeel/lab/result'
import { startTarget } from './support/target.ts'
import { shuffled, spread } from './support/spread.ts'

const rounds = Number(process.argv[2] ?? 3)
const seconds = Number(process.argv[3] ?? 10)
const perSecond = 1000
const folder = await mkdtemp(join(tmpdir(), 'lab-accuracy-'))
const figures = new Map(
  [1, 2].map((workers) => [workers, { percent: [] as number[], lagMs: [] as number[], verdicts: [] as string[] }]),
)
try {
  await using target = await startTarget('fast')
  const file = join(folder, 'plan.yml')
  await writeFile(
    file,
    `config: { target: '${target.url}', http: { pool: 50 }, phases: [{ duration: ${seconds}, arrivalRate: ${perSecond} }] }\nscenarios: [{ flow: [{ get: { url: / } }] }]\n`,
  )
  const script = await loadScript(file)
  for (let round = 0; round < rounds; round++) {
    for (const workers of shuffled([1, 2])) {
      const { generator, users } = await runInWorkers({ plan: { kind: 'script', script } }, workers)
      const known = figures.get(workers)
      known?.percent.push((users.completed / (perSecond * seconds)) * 100)
      known?.lagMs.push(LatencyHistogram.decode(generator.sendLag).percentile(99) / 1000)
      known?.verdicts.push([generator.verdict, ...generator.reasons.map(({ message }) => message)].join(': '))
    }
  }
} finally {
  await rm(folder, { recursive: true })
}
for (const [workers, { percent, lagMs, verdicts }] of figures) {
  console.log(`${workers} worker(s): ${spread(percent, 2)} % of the plan, start delay p99 ${spread(lagMs, 2)} ms`)
  for (const [index, lag] of lagMs.entries()) {
    const kept = Math.abs((percent[index] ?? 0) - 100) <= 0.5 && lag < 5
    // A run that missed the plan must have said so itself.
    const honest = kept || (verdicts[index] ?? '') !== 'ok'
    console.log(
      `  round ${index + 1}: ${kept ? 'kept' : 'missed'}, verdict "${verdicts[index] ?? ''}"${honest ? '' : ' SILENT'}`,
    )
    if (!honest) process.exitCode = 1
  }
}
