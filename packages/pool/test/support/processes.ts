import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of the children of this process that have not ended, from `/proc`. */
export function childPids(pid: number | 'self' = 'self'): number[] {
  return readdirSync(`/proc/${pid}/task`)
    .flatMap((thread) => readChildren(pid, thread))
    .filter((child) => isAlive(child))
}

function readChildren(pid: number | 'self', thread: string): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  } catch {
    return []
  }
}

/** Exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

/** Resolves when all are gone; rejects after the time. Each look is a turn of the event loop. */
export async function untilGone(pids: readonly number[], withinMs: number): Promise<void> {
  const endMs = performance.now() + withinMs
  while (pids.some((pid) => isAlive(pid))) {
    if (performance.now() > endMs)
      throw new Error(`still there after ${withinMs} ms: ${pids.filter((pid) => isAlive(pid)).join()}`)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
