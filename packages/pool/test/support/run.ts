import type { Pool, RunReport, RunRequest } from '@evenkeel/pool'

/** Runs one of the test driver's programs. */
export function run(
  pool: Pool,
  source: string,
  fields: Partial<RunRequest> & { wallMs?: number } = {},
): Promise<RunReport> {
  const { wallMs = 10_000, ...request } = fields
  const limits = { wallMs, cpuMs: 10_000, memoryMb: 64, outputBytes: 1_000_000, logBytes: 10_000, hostCalls: 2 }
  return pool.run({ tenant: 'one', program: { id: source, options: {}, source }, input: '1', limits, ...request })
}

/** What became of it, in one word. */
export function ending({ outcome }: RunReport): string {
  return 'reason' in outcome ? `${outcome.status}:${outcome.reason}` : outcome.status
}
