import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { Setup } from './contenders/contender.ts'

export interface Load extends Omit<Setup, 'url'> {
  readonly contender: string
  readonly ratePerSecond: number
  readonly seconds: number
  /** How long the destination takes for an answer. */
  readonly latencyMs: number
}

/** What the process of a contender says of itself. */
export interface Measured {
  readonly offered: number
  readonly loadSeconds: number
  readonly closeSeconds: number
  readonly cpuMicros: number
  readonly grownMb: number
  readonly delayP99Ms: number
}

/** What the destination saw. */
interface Counts {
  readonly distinct: number
  readonly duplicates: number
  readonly requests: number
  readonly maxInFlight: number
}

export interface LoadResult extends Measured, Counts {
  readonly contender: string
  readonly deliveredBeforeClose: number
  readonly deliveredShare: number
  /** CPU of the whole process, producer included, for each event that arrived. */
  readonly cpuMicrosPerEvent: number
}

/** Puts one contender under one load. Both processes end with it. */
export async function runLoad(load: Load): Promise<LoadResult> {
  const sink = start('./sink.ts', [String(load.latencyMs)])
  const [{ port }] = (await once(sink, 'message')) as [{ port: number }]
  const worker = start('./load.worker.ts', [JSON.stringify({ ...load, url: `http://127.0.0.1:${port}/events` })])
  try {
    await once(worker, 'message')
    const before = await ask(sink)
    worker.send('close')
    const [measured] = (await once(worker, 'message')) as [Measured]
    const counts = await ask(sink)
    return {
      contender: load.contender,
      ...measured,
      ...counts,
      deliveredBeforeClose: before.distinct,
      deliveredShare: counts.distinct / measured.offered,
      cpuMicrosPerEvent: measured.cpuMicros / Math.max(1, counts.distinct),
    }
  } finally {
    worker.kill('SIGKILL')
    sink.kill('SIGKILL')
  }
}

function start(file: string, args: readonly string[]): ChildProcess {
  return fork(new URL(file, import.meta.url), args, {
    execArgv: ['--conditions=@evenkeel/source'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}

async function ask(sink: ChildProcess): Promise<Counts> {
  const answered = once(sink, 'message')
  sink.send('counts')
  const [counts] = (await answered) as [Counts]
  return counts
}
