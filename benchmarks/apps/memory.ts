/** Memory of `evenkeel run` with one idle runtime: what each process has for itself, and what they share, counted once. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { setting, spread } from '../pool/support/spread.ts'

const rounds = setting('ROUNDS', 5)
const idleMs = setting('SECONDS', 10) * 1_000
const bin = fileURLToPath(new URL('../../packages/evenkeel/bin/evenkeel.js', import.meta.url))
const app = process.env['APP'] ?? fileURLToPath(new URL('project/apps/app.js', import.meta.url))

interface Memory {
  readonly residentMb: number
  readonly ownMb: number
}

const totals: number[] = []
const own: number[] = []
for (let round = 0; round < rounds; round += 1) {
  const processes = await measure()
  const sharedMb = Math.max(...processes.map(({ residentMb, ownMb }) => residentMb - ownMb))
  const ownMb = processes.reduce((sum, each) => sum + each.ownMb, 0)
  own.push(ownMb)
  totals.push(ownMb + sharedMb)
}
console.log(`own ${spread(own)} MiB, with what is shared ${spread(totals)} MiB`)

async function measure(): Promise<readonly Memory[]> {
  const child = spawn(process.execPath, [bin, 'run', app, '--port', '0', '--admin-port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { url, pid } = JSON.parse(line.toString()) as { url: string; pid: number }
    if (!(await fetch(`${url}/stress`)).ok) throw new Error('the app does not answer')
    await wait(idleMs)
    return [pid, ...childrenOf(pid)].map(memoryOf)
  } finally {
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
}

function childrenOf(pid: number): readonly number[] {
  const tasks = readdirSync(`/proc/${pid}/task`)
  const texts = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').trim())
  return texts.flatMap((text) => (text === '' ? [] : text.split(' ').map(Number)))
}

function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0) / 1_024
  return { residentMb: read('Rss'), ownMb: read('Private_Clean') + read('Private_Dirty') }
}
