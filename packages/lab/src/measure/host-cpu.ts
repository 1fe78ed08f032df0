import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

export interface HostCpuTimes {
  readonly busy: number
  readonly steal: number
  readonly total: number
}

/** CPU times of the whole machine since its start: `/proc/stat` on Linux (it has the stolen time), the system's own sum elsewhere. */
export function readHostCpu(): HostCpuTimes {
  return readProcStat() ?? sumOfCpus()
}

function readProcStat(): HostCpuTimes | undefined {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0] ?? ''
    const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = line
      .split(/\s+/)
      .slice(1)
      .map(Number)
    const busy = user + nice + system + irq + softirq
    return { busy, steal, total: busy + idle + iowait + steal }
  } catch {
    return undefined
  }
}

function sumOfCpus(): HostCpuTimes {
  let busy = 0
  let total = 0
  for (const { times } of cpus()) {
    busy += times.user + times.nice + times.sys + times.irq
    total += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return { busy, steal: 0, total }
}
