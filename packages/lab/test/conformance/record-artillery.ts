/**
 * Records what Artillery does with the script groups: `node record-artillery.ts <its bin/run> [group …]`. Written beside this file are
 * figures only. To be run again when a group changes; the tests need no Artillery.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { makeOutcome } from './outcome.ts'
import { ReferenceServer } from './reference-server.ts'
import { prepareRun } from './run-folder.ts'
import { runKey, type Recording, type RunOutcome, type ScriptRun } from './script-group.ts'
import { scriptGroups } from './script-groups.ts'

const [, , binary = '', ...chosen] = process.argv
const file = join(import.meta.dirname, 'artillery-recording.json')

async function record(run: ScriptRun): Promise<RunOutcome> {
  const folder = await mkdtemp(join(tmpdir(), 'artillery-'))
  await using server = await ReferenceServer.start()
  const { args, env } = await prepareRun(run, folder, server.addresses)
  const child = spawn(process.execPath, [binary, 'run', '-o', 'recorded.json', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], ARTILLERY_DISABLE_TELEMETRY: 'true', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (output += text.toString()))
  const timers = [setTimeout(() => child.kill('SIGKILL'), 60_000)]
  if (run.interruptAfterMs !== undefined)
    timers.push(setTimeout(() => child.kill('SIGINT'), run.interruptAfterMs + 2000))
  const [code] = (await once(child, 'close')) as [number | null]
  for (const timer of timers) clearTimeout(timer)
  const outcome = await readOutcome(join(folder, 'recorded.json'), { exitCode: code ?? -1, received: server.received })
  if (process.env['VERBOSE'] !== undefined) console.log(output)
  await rm(folder, { recursive: true })
  return outcome
}

interface Summary {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
}

async function readOutcome(path: string, facts: Pick<RunOutcome, 'exitCode' | 'received'>): Promise<RunOutcome> {
  if (!existsSync(path)) return makeOutcome({ ...facts, counters: {}, histograms: {} })
  const { aggregate } = JSON.parse(await readFile(path, 'utf8')) as {
    aggregate: { counters: Record<string, number>; summaries: Record<string, Summary> }
  }
  const own = Object.entries(aggregate.summaries).filter(([name]) => !/^(?:http|vusers|plugins|websocket)\./.test(name))
  const session = aggregate.summaries['vusers.session_length']
  return makeOutcome({
    ...facts,
    counters: aggregate.counters,
    histograms: Object.fromEntries(own.map(([name, { count, min, max }]) => [name, { count, min, max }])),
    ...(session === undefined ? {} : { meanSessionMs: session.mean }),
  })
}

async function packageVersion(): Promise<string> {
  const text = await readFile(join(dirname(binary), '..', 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

const known: Recording | undefined = existsSync(file)
  ? (JSON.parse(await readFile(file, 'utf8')) as Recording)
  : undefined
const outcomes: Record<string, RunOutcome> = chosen.length === 0 ? {} : { ...known?.outcomes }
for (const group of scriptGroups) {
  if (chosen.length > 0 && !chosen.includes(String(group.number))) continue
  for (const run of group.runs) {
    const outcome = await record(run)
    outcomes[runKey(group, run)] = outcome
    console.log(runKey(group, run), JSON.stringify(outcome))
  }
  const recording: Recording = { tool: 'Artillery', version: await packageVersion(), outcomes }
  await writeFile(file, `${JSON.stringify(recording, undefined, 2)}\n`)
}
