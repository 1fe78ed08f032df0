/**
 * The experiment this package began with: N workers that wait for their requests, against one buffer that does not wait.
 * Usage: node --conditions=@evenkeel/source benchmarks/batch/replay/replay.ts [seconds]
 */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

interface Run {
  readonly name: string
  readonly args: readonly [kind: 'workers' | 'processor', workers: number, maxAgeMs: number]
  readonly latencyMs: number
}

const runs: readonly Run[] = [
  { name: '10 workers that wait', args: ['workers', 10, 1000], latencyMs: 300 },
  { name: '100 workers that wait', args: ['workers', 100, 1000], latencyMs: 300 },
  { name: 'one processor', args: ['processor', 1, 1000], latencyMs: 300 },
  { name: 'one processor, batches of at most 100 ms', args: ['processor', 1, 100], latencyMs: 300 },
  { name: 'one processor, destination takes 3 s', args: ['processor', 1, 1000], latencyMs: 3000 },
]
const seconds = Number(process.argv[2] ?? 60)
const rows = await Promise.all(runs.map((run) => replay(run)))
console.log(`2000 events a second for ${seconds} s, ${2000 * seconds} in all, node ${process.version}`)
console.table(rows)

async function replay({ name, args, latencyMs }: Run): Promise<object> {
  const sink = start('../sink.ts', [String(latencyMs)])
  const [{ port }] = (await once(sink, 'message')) as [{ port: number }]
  const [kind, workers, maxAgeMs] = args
  const child = start(
    './designs.worker.ts',
    [kind, `http://127.0.0.1:${port}/`, workers, maxAgeMs, seconds].map(String),
  )
  try {
    await once(child, 'message')
    const before = await ask(sink)
    child.send('stop')
    const [{ lost, ageP99Ms }] = (await once(child, 'message')) as [{ lost: number; ageP99Ms?: number }]
    const after = await ask(sink)
    return {
      design: name,
      'answer after ms': latencyMs,
      'delivered before stop': before.distinct,
      'delivered in all': after.distinct,
      lost,
      requests: after.requests,
      'max in flight': after.maxInFlight,
      'oldest of a batch, p99 ms': ageP99Ms === undefined ? '' : Math.round(ageP99Ms),
    }
  } finally {
    child.kill('SIGKILL')
    sink.kill('SIGKILL')
  }
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args, {
    execArgv: ['--conditions=@evenkeel/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

interface Counts {
  readonly distinct: number
  readonly requests: number
  readonly maxInFlight: number
}

async function ask(sink: ChildProcess): Promise<Counts> {
  const answered = once(sink, 'message')
  sink.send('counts')
  const [counts] = (await answered) as [Counts]
  return counts
}
