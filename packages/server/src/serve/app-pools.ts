import { fileURLToPath } from 'node:url'
import { createPool, type PoolOptions } from '@evenkeel/pool'
import { processEngine } from '@evenkeel/pool/process'
import type { ResolvedAppLimits } from '../apps/app-limits.ts'
import type { AppPools } from '../apps/direct/direct-app.ts'

/** How long an app may take to load, in milliseconds. */
const bootTimeoutMs = 30_000

/** A runtime that crashes again and again is started again after this and longer and longer, in milliseconds. */
const crashBackoffMs = 1_000

/** How often runtimes are sampled, in milliseconds: often enough for memory, seldom enough for an idle machine. */
const sampleEveryMs = 50

/** Longest delay of a timer, in milliseconds. */
const longestMs = 2_147_483_646

/** Pools of the process engine for apps; each host inherits the descriptors. */
export function appPools(descriptors: readonly number[]): AppPools {
  return (options) => {
    const { limits, variables } = options
    const engine = processEngine({
      name: 'app',
      module: fileURLToPath(import.meta.resolve('#app-host')),
      options,
      concurrency: 1,
      residentMb: limits.memoryMb,
      maxBlockedMs: limits.maxBlockedMs,
      env: variables,
      descriptors,
      nodeFlags: ['--enable-source-maps', '--disable-warning=ExperimentalWarning'],
    })
    return (own) => createPool({ ...own, ...servingPool(limits), name: 'app', engine })
  }
}

/** A pool whose hosts serve as long as they live. */
export function servingPool({ drainMs }: Pick<ResolvedAppLimits, 'drainMs'>): Omit<PoolOptions, 'name' | 'engine'> {
  return {
    spares: 0,
    // The gateway keeps the one above the processors free of long work.
    extraHosts: 1,
    drainMs,
    maxQueueMs: 600_000,
    queueTargetMs: 600_000,
    // Serving is long and gives way to nobody.
    shortMs: longestMs,
    bootTimeoutMs,
    crashBackoffMs,
    sampleEveryMs,
    // A runtime that serves leaves when it is told to, not because of its age.
    recycle: { executions: Number.MAX_SAFE_INTEGER, ageMs: Number.MAX_SAFE_INTEGER, residentShare: 0.9 },
  }
}
