import { readdirSync, readFileSync } from 'node:fs'

/** Resident memory of all processes of these groups, in MB. */
export function residentMb(groups: ReadonlySet<string>): number {
  let kb = 0
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const group = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2] ?? ''
      if (groups.has(group))
        kb += Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0)
    } catch {
      // It has just ended.
    }
  }
  return (kb * 1_024) / 1e6
}
