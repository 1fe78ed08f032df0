import { readdirSync, writeFileSync } from 'node:fs'
import { readText } from './read-text.ts'

const pageKib = 4

/** Resident memory of a process in MiB, from `/proc/<pid>/statm`; 0 when the process is gone or the system has no such file. */
export function residentMb(pid: number): number {
  const text = readText(`/proc/${pid}/statm`)
  const pages = Number(text.split(' ')[1] ?? 0)
  return (pages * pageKib) / 1024
}

/** Time of all threads on a processor and waiting for one, in milliseconds, from `/proc/<pid>/task/<tid>/schedstat`. */
export function schedule(pid: number): { cpuMs: number; waitMs: number } {
  const sum = { cpuMs: 0, waitMs: 0 }
  for (const thread of threadsOf(pid)) {
    const [onCpu = '0', waiting = '0'] = readText(`/proc/${pid}/task/${thread}/schedstat`).trim().split(' ')
    sum.cpuMs += Number(onCpu) / 1e6
    sum.waitMs += Number(waiting) / 1e6
  }
  return sum
}

/** Makes the kernel pick this process, not the gateway, when memory runs out. Raising the score needs no privilege. */
export function preferForOomKill(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/oom_score_adj`, '800')
  } catch {
    // Systems without procfs have no score; the resident limit still holds.
  }
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}
