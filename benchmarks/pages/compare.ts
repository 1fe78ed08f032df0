/**
 * The same pages rendered by several servers: `node --conditions=@evenkeel/source benchmarks/pages/compare.ts` after `npx tsc -b`. With
 * `RIVALS=/tmp/rivals`, also by the frameworks that `prepare-rivals.ts` has built there. Every answer is checked, arms take turns in each round.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { median, setting, spread } from '../pool/support/spread.ts'
import { startDirect, startEvenkeel, startFrameworks, startScript, type Arm } from './support/arms.ts'
import { cpuMsOf } from './support/cpu-time.ts'
import { closedLoop, firstRequests, openLoop, type LoopResult } from './support/loops.ts'
import { makeSites, type BenchSite } from './support/sites.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 3) * 1_000
const only = process.env['ONLY']
const cores = availableParallelism()

/** Share of what an arm reached with ten connections at which it is asked at a fixed rate. */
const rateShare = 0.7

interface Round extends LoopResult {
  /** Processor time of the server's processes for each page, in milliseconds. */
  readonly cpuMs: number
}

await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-pages-bench-'))
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
console.log(`load of the machine at the start: ${loadavg()[0]?.toFixed(2)}, ${cores} processors`)
for (const site of await makeSites(folder))
  if (only === undefined || only.split(',').includes(site.name.split(' ').at(-1) ?? '')) await compareSite(site)
console.log(`\nload of the machine at the end: ${loadavg()[0]?.toFixed(2)}`)

async function compareSite(site: BenchSite): Promise<void> {
  await using servers = new AsyncDisposableStack()
  const { check, bundles } = site
  console.log(`\n# ${site.name}`)
  const module = pathToFileURL(bundles.module).href
  const express = await startScript(servers, 'Express in a cluster', { script: 'express-cluster.js', argument: module })
  // The client is hot before it asks for the first pages: what they take is the server's.
  await closedLoop({ url: express.url, connections: 2, durationMs: 1_000, check })
  const evenkeel = await startEvenkeel(servers, site.dir)
  const direct = await startDirect(servers, site.dir)
  const first = [
    await firstRequests({ url: evenkeel.url, check }, 10),
    await firstRequests({ url: direct.url, check }, 10),
  ]
  const arms: Arm[] = [evenkeel, direct, express]
  if (site.name !== 'MUI')
    arms.push(
      await startScript(servers, 'new context, whole bundle', { script: 'fresh-context.js', argument: bundles.script }),
    )
  const rivals = process.env['RIVALS']
  if (site.name === 'board' && rivals !== undefined) arms.push(...(await startFrameworks(servers, rivals)))
  for (const { url } of arms) await closedLoop({ url, connections: 10, durationMs: 2_000, check })

  const closed = (connections: number) => (arm: Arm) => closedLoop({ url: arm.url, connections, durationMs, check })
  const ten = await compare('10 connections', arms, closed(10))
  const twenty = await compare('20 connections', arms, closed(20))
  const reached = (arm: Arm): number => median((ten.get(arm) ?? []).map(({ perSecond }) => perSecond))
  const steady = await compare(`a fixed rate, ${rateShare * 100} % of what each can`, arms, (arm) =>
    openLoop({ url: arm.url, perSecond: reached(arm) * rateShare, durationMs, check }),
  )
  console.log('')
  for (const [index, arm] of [evenkeel, direct].entries()) tellFirst(arm, first[index] ?? [], steady)
  if (site.name === 'board') await compareKept(servers, site, evenkeel)
  const best = Math.max(reached(evenkeel), ...(twenty.get(evenkeel) ?? []).map(({ perSecond }) => perSecond))
  await bareLoop(site, best)
}

function tellFirst(arm: Arm, first: readonly number[], steady: Results): void {
  const steadyP99 = median((steady.get(arm) ?? []).map(({ p99 }) => p99))
  const times = first.map((ms) => ms.toFixed(1)).join(' ')
  const ratio = (Math.max(...first) / steadyP99).toFixed(1)
  console.log(
    `${arm.name}: the first ten pages after it was ready: ${times} ms; the slowest is ×${ratio} of the p99 at the fixed rate`,
  )
}

async function compareKept(servers: AsyncDisposableStack, { check }: BenchSite, evenkeel: Arm): Promise<void> {
  const kept: Arm = { ...evenkeel, name: 'evenkeel, a kept copy', url: new URL('/cached', evenkeel.url).href }
  const file = join(folder, 'cached.html')
  writeFileSync(file, await (await fetch(kept.url)).text())
  const fastify = await startScript(servers, 'Fastify, the same string', {
    script: 'fastify-string.js',
    argument: file,
  })
  const arms = [{ ...fastify, url: `${fastify.url}/cached` }, kept]
  for (const { url } of arms) await closedLoop({ url, connections: 10, durationMs: 2_000, check })
  await compare('a kept copy, 10 connections', arms, (arm) =>
    closedLoop({ url: arm.url, connections: 10, durationMs, check }),
  )
}

type Results = ReadonlyMap<Arm, readonly Round[]>

async function compare(title: string, list: readonly Arm[], run: (arm: Arm) => Promise<LoopResult>): Promise<Results> {
  const results = new Map<Arm, Round[]>(list.map((arm) => [arm, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const arm of list.toSorted(() => Math.random() - 0.5)) results.get(arm)?.push(await measured(arm, run))
  console.log(`\n${title}: ${rounds} rounds of ${durationMs / 1_000} s, median (least–most)`)
  const [baseline = []] = results.values()
  for (const [{ name }, made] of results) console.log(line(name, made, baseline))
  return results
}

function line(name: string, made: readonly Round[], baseline: readonly Round[]): string {
  const pick = (field: keyof Round): number[] => made.map((each) => each[field])
  const ratio = median(pick('perSecond').map((value, round) => value / (baseline[round]?.perSecond ?? Number.NaN)))
  const tail = median(made.map(({ p50, p99 }) => p99 / p50))
  const rate = `${spread(pick('perSecond'), 0)} /s  ×${ratio.toFixed(2)}`
  const times = `p50 ${spread(pick('p50'))}  p99 ${spread(pick('p99'))}  p99/p50 ${tail.toFixed(1)}  max ${spread(pick('max'), 0)} ms`
  return `${name.padEnd(26)} ${rate}  ${times}  cpu ${spread(pick('cpuMs'), 2)} ms  refused ${spread(pick('refused'), 0)}`
}

async function measured(arm: Arm, run: (arm: Arm) => Promise<LoopResult>): Promise<Round> {
  const before = cpuMsOf(arm.pid)
  const result = await run(arm)
  return { ...result, cpuMs: (cpuMsOf(arm.pid) - before) / result.requests }
}

/** What one processor can render when it does nothing else. */
async function bareLoop({ bundles, check }: BenchSite, reached: number): Promise<void> {
  const { renderPage } = (await import(pathToFileURL(bundles.module).href)) as {
    renderPage: (path: string) => Promise<string>
  }
  const rates: number[] = []
  for (let round = 0; round < rounds + 1; round += 1) {
    const startedAtMs = performance.now()
    let rendered = 0
    for (; performance.now() - startedAtMs < 1_000; rendered += 1) check(200, await renderPage('/'))
    rates.push((rendered * 1_000) / (performance.now() - startedAtMs))
  }
  const bare = rates.slice(1)
  const share = reached / (median(bare) * cores)
  console.log(
    `\nrenderToString alone, one processor: ${spread(bare, 0)} /s; evenkeel over HTTP reaches ${(share * 100).toFixed(0)} % of that on each of ${cores} processors, which the client shares`,
  )
}
