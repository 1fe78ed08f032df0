/**
 * Pages of Evenkeel beside Express with renderToString in a cluster, a new context with the whole bundle for each request, and servers that
 * are prepared elsewhere (`OTHERS`, see the README). The same components, every answer is checked, the arms take turns in each round.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { median, setting, spread } from '../pool/support/spread.ts'
import { buildRival } from './build-rival.ts'
import { cpuMsOf } from './cpu-time.ts'
import { closedLoop, firstRequests, openLoop, type LoopResult } from './loops.ts'

const rounds = setting('ROUNDS', 5)
const durationMs = setting('SECONDS', 3) * 1_000
const cores = availableParallelism()

interface Arm {
  readonly name: string
  readonly url: string
  /** Its process, when it was started here. */
  readonly pid?: number
}

interface Round extends LoopResult {
  /** Processor time of the server's processes for each page, in milliseconds. */
  readonly cpuMs: number
}

const fixture = fileURLToPath(new URL('sites/fixture/', import.meta.url))
const bin = fileURLToPath(new URL('../../packages/evenkeel/bin/evenkeel.js', import.meta.url))

await using stack = new AsyncDisposableStack()
const folder = mkdtempSync(join(tmpdir(), 'evenkeel-pages-bench-'))
stack.defer(() => rmSync(folder, { recursive: true, force: true }))
console.log(`load of the machine at the start: ${loadavg()[0]?.toFixed(2)}, ${cores} processors`)

const bundles = await buildRival(folder)
const evenkeel = await startEvenkeel()
console.log(
  `the first ten pages after it was ready: ${(await firstRequests({ url: evenkeel.url, check }, 10)).map((ms) => ms.toFixed(1)).join(' ')} ms`,
)
const others = (process.env['OTHERS'] ?? '').split(' ').filter(Boolean)
const arms: readonly Arm[] = [
  evenkeel,
  await start('Express in a cluster', 'rivals/express-cluster.js', pathToFileURL(bundles.module).href),
  await start('new context, whole bundle', 'rivals/fresh-context.js', bundles.script),
  ...others.map((each): Arm => ({ name: each.split('=')[0] ?? '', url: each.split('=')[1] ?? '' })),
]
for (const { url } of arms) await closedLoop({ url, connections: 10, durationMs: 2_000, check })

const best = new Map<Arm, number>()
for (const connections of [10, 20])
  await compare(`${connections} connections`, arms, async (arm) => {
    const result = await closedLoop({ url: arm.url, connections, durationMs, check })
    best.set(arm, Math.max(best.get(arm) ?? 0, result.perSecond))
    return result
  })
await compare('a fixed rate, 70 % of what each can', arms, (arm) =>
  openLoop({ url: arm.url, perSecond: (best.get(arm) ?? 1) * 0.7, durationMs, check }),
)
const cached: Arm = { ...evenkeel, name: 'evenkeel, a kept copy', url: new URL('/cached', evenkeel.url).href }
writeFileSync(join(folder, 'cached.html'), await (await fetch(cached.url)).text())
const plain = await start('Fastify, the same string', 'rivals/fastify-string.js', join(folder, 'cached.html'))
const fastify: Arm = { ...plain, url: `${plain.url}/cached` }
await compare('a kept copy, 10 connections', [fastify, cached], (arm) =>
  closedLoop({ url: arm.url, connections: 10, durationMs, check }),
)
await bareLoop()
console.log(`load of the machine at the end: ${loadavg()[0]?.toFixed(2)}`)

function check(status: number, text: string): void {
  assert.equal(status, 200)
  assert.ok(text.includes('<td>Post 100</td>') && text.includes('<li>Item 50</li>'), 'the page is not whole')
}

async function startEvenkeel(): Promise<Arm> {
  const child = spawn(process.execPath, [bin, 'serve', fixture, '--port', '0', '--admin-port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return { name: 'evenkeel', url: (JSON.parse(await firstLine(child)) as { url: string }).url, pid: child.pid ?? 0 }
}

async function start(name: string, script: string, argument: string): Promise<Arm> {
  const file = fileURLToPath(new URL(script, import.meta.url))
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = spawn(process.execPath, [file, argument], { stdio: ['ignore', 'pipe', 'inherit'], env })
  return { name, url: await firstLine(child), pid: child.pid ?? 0 }
}

async function firstLine(child: ReturnType<typeof spawn>): Promise<string> {
  stack.defer(async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  const [line] = (await once(child.stdout ?? assert.fail('no output'), 'data')) as [Buffer]
  return line.toString().trim()
}

async function compare(title: string, list: readonly Arm[], run: (arm: Arm) => Promise<LoopResult>): Promise<void> {
  const results = new Map<Arm, Round[]>(list.map((arm) => [arm, []]))
  for (let round = 0; round < rounds; round += 1)
    for (const arm of list.toSorted(() => Math.random() - 0.5)) results.get(arm)?.push(await measured(arm, run))
  console.log(`\n${title}: ${rounds} rounds of ${durationMs / 1_000} s, median (least–most)`)
  const [baseline = []] = results.values()
  for (const [{ name }, made] of results) {
    const pick = (field: keyof Round): number[] => made.map((each) => each[field])
    const ratio = median(pick('perSecond').map((value, round) => value / (baseline[round]?.perSecond ?? Number.NaN)))
    const tail = median(made.map(({ p50, p99 }) => p99 / p50))
    console.log(
      `${name.padEnd(26)} ${spread(pick('perSecond'), 0)} /s  ×${ratio.toFixed(2)}  p50 ${spread(pick('p50'))}  p99 ${spread(pick('p99'))}  p99/p50 ${tail.toFixed(1)}  max ${spread(pick('max'), 0)} ms  cpu ${spread(pick('cpuMs'), 2)} ms  refused ${spread(pick('refused'), 0)}`,
    )
  }
}

async function measured(arm: Arm, run: (arm: Arm) => Promise<LoopResult>): Promise<Round> {
  const before = arm.pid === undefined ? Number.NaN : cpuMsOf(arm.pid)
  const result = await run(arm)
  const used = (arm.pid === undefined ? Number.NaN : cpuMsOf(arm.pid)) - before
  return { ...result, cpuMs: used / result.requests }
}

/** What one processor can render when it does nothing else. */
async function bareLoop(): Promise<void> {
  const { renderPage } = (await import(pathToFileURL(bundles.module).href)) as {
    renderPage: (path: string) => Promise<string>
  }
  const rates: number[] = []
  for (let round = 0; round < rounds + 1; round += 1) {
    const startedAtMs = performance.now()
    let rendered = 0
    for (; performance.now() - startedAtMs < 2_000; rendered += 1) check(200, await renderPage('/'))
    rates.push((rendered * 1_000) / (performance.now() - startedAtMs))
  }
  const bare = rates.slice(1)
  console.log(`\nrenderToString alone, one processor: ${spread(bare, 0)} /s`)
  const share = (best.get(evenkeel) ?? Number.NaN) / (median(bare) * cores)
  console.log(
    `evenkeel over HTTP reaches ${(share * 100).toFixed(0)} % of that on each of ${cores} processors, clients included`,
  )
}
