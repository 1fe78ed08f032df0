import { readFileSync } from 'node:fs'
import { childrenOf } from './resident.ts'

/** Processor time of a process and of those that it has started, in milliseconds; `/proc` counts in hundredths of a second. */
export function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const own = (Number(fields[11]) + Number(fields[12])) * 10
  return childrenOf(pid).reduce((sum, child) => sum + cpuMsOf(child), own)
}
