/**
 * Does `compare` find a change of 20 % in the server's work, and stay silent when there is none? Both kinds of tries alternate in
 * random order on the same machine. Usage: `node --conditions=@evenkeel/source benchmarks/lab/compare-power.ts [tries] [blocks]
 * [burstMs] [warmUpMs]`; `ONE_START=1` starts the servers once instead of for each block. The defaults take about 18 minutes.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runLab } from '@evenkeel/lab'
import { proportion } from '@evenkeel/lab/stats'
import { shuffled, spread } from './support/spread.ts'

const tries = Number(process.argv[2] ?? 10)
const blocks = Number(process.argv[3] ?? 21)
const burstMs = Number(process.argv[4] ?? 500)
const warmUpMs = Number(process.argv[5] ?? 300)
const starts = process.env['ONE_START'] === undefined ? [] : ['--no-restart']
const rounds = 100_000
const server = (work: number): string =>
  `cmd:"${process.execPath}" "${join(import.meta.dirname, 'support/work.host.ts')}" ${Math.round(work)}`

interface Stored {
  readonly verdict: { readonly status: string }
  readonly metrics: readonly { readonly name: string; readonly estimate: { readonly logRatio: number } }[]
}

const kinds = { same: 1, slower: 1.2 } as const
type Kind = keyof typeof kinds
const found: Record<Kind, { readonly statuses: string[]; readonly cpu: number[]; readonly rate: number[] }> = {
  same: { statuses: [], cpu: [], rate: [] },
  slower: { statuses: [], cpu: [], rate: [] },
}

const folder = await mkdtemp(join(tmpdir(), 'lab-power-'))
try {
  for (const kind of shuffled(Array.from({ length: tries }, () => ['same', 'slower'] as const).flat())) {
    const { verdict, metrics } = await compare(kind)
    found[kind].statuses.push(verdict.status)
    const percent = (name: string): number =>
      Math.expm1(metrics.find((metric) => metric.name === name)?.estimate.logRatio ?? Number.NaN) * 100
    found[kind].cpu.push(percent('cpuPerRequest'))
    found[kind].rate.push(percent('requestRate'))
  }
} finally {
  await rm(folder, { recursive: true })
}

async function compare(kind: Kind): Promise<Stored> {
  const lengths = ['--blocks', String(blocks), '--burst', `${burstMs}ms`, '--warm-up', `${warmUpMs}ms`]
  const args = [...lengths, '-o', folder, ...starts]
  const silent = { write: () => true }
  const exitCode = await runLab(['compare', server(rounds), server(rounds * kinds[kind]), ...args], {
    context: { stdout: silent, stderr: silent },
  })
  if (exitCode !== 0) throw new Error(`compare ended with ${exitCode}`)
  return JSON.parse(await readFile(join(folder, 'comparison.json'), 'utf8')) as Stored
}

const alarms = found.same.statuses.filter((status) => status === 'faster' || status === 'slower').length
const hits = found.slower.statuses.filter((status) => status === 'slower').length
for (const kind of ['same', 'slower'] as const)
  console.log(
    `${kind}: ${found[kind].statuses.join(', ')}; CPU per request ${spread(found[kind].cpu)} %, rate ${spread(found[kind].rate)} %`,
  )
const interval = ({ low, high }: { readonly low: number; readonly high: number }): string =>
  `95 % interval ${(low * 100).toFixed(0)}–${(high * 100).toFixed(0)} %`
console.log(`false alarms: ${alarms} of ${tries} (${interval(proportion(alarms, tries))})`)
console.log(`20 % more work found: ${hits} of ${tries} (${interval(proportion(hits, tries))})`)
if (alarms > Math.max(1, tries / 10) || hits < tries * 0.9) process.exitCode = 1
