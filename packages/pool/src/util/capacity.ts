import { readFileSync } from 'node:fs'
import { availableParallelism, totalmem } from 'node:os'

/** What this process may use of the machine. */
export interface Capacity {
  /** Whole processors: the smaller of the affinity mask and the cgroup's quota, at least 1. */
  readonly processors: number
  /** The smaller of the machine's memory and the cgroup's limit, in MiB. */
  readonly memoryMb: number
}

/** Reads the limits of cgroup v2, then v1; elsewhere the machine's own. `read` returns undefined for a file that is not there. */
export function readCapacity(read: (path: string) => string | undefined = readText): Capacity {
  const quota = quotaV2(read('/sys/fs/cgroup/cpu.max')) ?? quotaV1(read)
  const limitBytes = Number(
    read('/sys/fs/cgroup/memory.max') ?? read('/sys/fs/cgroup/memory/memory.limit_in_bytes') ?? Number.NaN,
  )
  const memoryBytes = Number.isFinite(limitBytes) ? Math.min(limitBytes, totalmem()) : totalmem()
  return {
    processors: Math.max(1, Math.floor(Math.min(availableParallelism(), quota ?? Infinity))),
    memoryMb: Math.floor(memoryBytes / 1_048_576),
  }
}

/** `max 100000` or `200000 100000`. */
function quotaV2(text: string | undefined): number | undefined {
  const [quota, period] = (text ?? '').trim().split(' ').map(Number)
  if (quota === undefined || period === undefined || !(quota > 0) || !(period > 0)) return undefined
  return quota / period
}

function quotaV1(read: (path: string) => string | undefined): number | undefined {
  const quota = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_quota_us') ?? -1)
  const period = Number(read('/sys/fs/cgroup/cpu/cpu.cfs_period_us') ?? 0)
  return quota > 0 && period > 0 ? quota / period : undefined
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
