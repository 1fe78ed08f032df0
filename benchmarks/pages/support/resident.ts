import { readFileSync, readdirSync } from 'node:fs'

/** Resident memory of a process and of those that it has started, in MiB. */
export function residentMbOf(pid: number): number {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
    return (pages * 4_096) / 1_048_576 + childrenOf(pid).reduce((sum, child) => sum + residentMbOf(child), 0)
  } catch {
    // It ended meanwhile.
    return 0
  }
}

export function childrenOf(pid: number): number[] {
  return readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').trim()
    return text === '' ? [] : text.split(' ').map(Number)
  })
}
