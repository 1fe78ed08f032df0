import { readdirSync, readFileSync } from 'node:fs'
import { msPerTick, processFamily } from './process-family.ts'

/** CPU time so far of processes and everything below them. */
export interface CpuReading {
  /** In ticks of 10 ms: of living and ended threads. */
  readonly tickedMs: number
  /** In ticks of 10 ms: of child processes that have ended and were waited for. */
  readonly endedChildrenMs: number
  readonly processes: number
  /** Of each living thread, to the nanosecond; empty where the kernel does not tell. */
  readonly threadsMs: ReadonlyMap<string, number>
}

/** CPU time between two readings. */
export interface CpuSpent {
  readonly ms: number
  /** How far off the figure may be: 0 when it was counted exactly. */
  readonly stepMs: number
}

/** Undefined where there is no /proc, or when none of the processes lives. */
export function readCpu(roots: readonly number[]): CpuReading | undefined {
  const family = processFamily(roots)
  if (family.length === 0) return undefined
  return {
    tickedMs: family.reduce((sum, { ownCpuMs }) => sum + ownCpuMs, 0),
    endedChildrenMs: family.reduce((sum, { endedChildrenCpuMs }) => sum + endedChildrenCpuMs, 0),
    processes: family.length,
    threadsMs: new Map(family.flatMap(({ pid }) => threadsOf(pid))),
  }
}

/**
 * What was spent between two readings: by the exact clocks of the threads when these account for all of it, otherwise in ticks. A
 * thread that has ended takes its exact clock with it, and one that came and went in between was never seen.
 */
export function cpuSpent(before: CpuReading, after: CpuReading): CpuSpent {
  const tickedMs = after.tickedMs - before.tickedMs
  const childrenMs = after.endedChildrenMs - before.endedChildrenMs
  const tickStepMs = msPerTick * Math.max(before.processes, after.processes)
  const exactMs = exactlySpent(before.threadsMs, after.threadsMs)
  if (exactMs === undefined || tickedMs - exactMs > tickStepMs || childrenMs > 0)
    return { ms: Math.max(0, tickedMs + childrenMs), stepMs: tickStepMs }
  return { ms: exactMs, stepMs: 0 }
}

function exactlySpent(before: CpuReading['threadsMs'], after: CpuReading['threadsMs']): number | undefined {
  if (after.size === 0) return undefined
  for (const thread of before.keys()) if (!after.has(thread)) return undefined
  let spentMs = 0
  for (const [thread, ms] of after) spentMs += ms - (before.get(thread) ?? 0)
  return spentMs
}

/** The first field of `schedstat` is the time on the CPU in nanoseconds (Linux, Documentation/scheduler/sched-stats.rst). */
function threadsOf(pid: number): (readonly [string, number])[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) => {
      const [onCpuNs = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
      return [`${pid}/${thread}`, Number(onCpuNs) / 1e6] as const
    })
  } catch {
    return []
  }
}
