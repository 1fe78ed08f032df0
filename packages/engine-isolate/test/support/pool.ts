import { createPool, type Pool, type PoolOptions, type RunReport, type RunRequest } from '@evenkeel/pool'
import { isolateEngine } from '@evenkeel/engine-isolate'

/** A real pool of isolate hosts. */
export function isolatePool(options: Partial<PoolOptions> = {}): Promise<Pool> {
  return createPool({ engine: isolateEngine(), hosts: 2, spares: 1, ...options })
}

export interface BlockFields extends Partial<Omit<RunRequest, 'program' | 'limits'>> {
  readonly wallMs?: number
  readonly cpuMs?: number
  readonly memoryMb?: number
  readonly hostCalls?: number
  readonly language?: string
}

/** Runs a block for a tenant. */
export function runBlock(pool: Pool, source: string, fields: BlockFields = {}): Promise<RunReport> {
  const { wallMs = 5_000, cpuMs = wallMs, memoryMb = 64, hostCalls = 0, language = 'js', ...request } = fields
  const limits = { wallMs, cpuMs, memoryMb, hostCalls, outputBytes: 1_048_576, logBytes: 65_536 }
  return pool.run({
    tenant: 'one',
    program: { id: language + source, options: { language }, source },
    input: '{}',
    limits,
    ...request,
  })
}

/** The result, or how it ended: `failed:TypeError`, `ended:wall`, `refused:queue_full`. */
export function endOf({ outcome }: RunReport): unknown {
  if (outcome.status === 'ok') return JSON.parse(Buffer.from(outcome.output).toString()) as unknown
  return outcome.status === 'failed' ? `failed:${outcome.error.type}` : `${outcome.status}:${outcome.reason}`
}
