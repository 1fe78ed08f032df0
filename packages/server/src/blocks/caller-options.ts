import type { BlockLimits, ResolvedBlocksOptions } from '../config/options.ts'
import type { Caller } from '../tokens/caller.ts'

/** The server's limits, lowered to those of the caller's token. */
export function callerOptions(options: ResolvedBlocksOptions, { token }: Caller): ResolvedBlocksOptions {
  const most = token?.limits.run
  if (most === undefined) return options
  const lowered = (limits: BlockLimits): BlockLimits => ({
    ...limits,
    wallMs: Math.min(limits.wallMs, most.wallMs ?? Infinity),
    cpuMs: Math.min(limits.cpuMs, most.cpuMs ?? Infinity),
    memoryMb: Math.min(limits.memoryMb, most.memoryMb ?? Infinity),
    subrequests: Math.min(limits.subrequests, most.subrequests ?? Infinity),
  })
  return { ...options, limits: lowered(options.limits), maxLimits: lowered(options.maxLimits) }
}
