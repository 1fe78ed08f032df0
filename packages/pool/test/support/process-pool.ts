import {
  createPool,
  type OpenRequest,
  type Pool,
  type PoolOptions,
  type RunRequest,
  type StreamItem,
} from '@evenkeel/pool'
import { processEngine, processProgram, type ProcessEngineOptions } from '@evenkeel/pool/process'

export const programUrl: URL = new URL('program.ts', import.meta.url)

/** One host that runs `program.ts`. */
export function processPool(
  engine: Partial<ProcessEngineOptions> = {},
  pool: Partial<PoolOptions> = {},
): Promise<Pool> {
  return createPool({ engine: processEngine({ module: programUrl, ...engine }), hosts: 1, spares: 0, ...pool })
}

/** A request for an export of `program.ts`. */
export function request(
  exported: string,
  fields: Partial<OpenRequest> & { wallMs?: number; outputBytes?: number; logBytes?: number } = {},
): RunRequest & OpenRequest {
  const { wallMs = 30_000, outputBytes = 1_000_000, logBytes = 10_000, ...rest } = fields
  const limits = { wallMs, cpuMs: wallMs, memoryMb: 64, outputBytes, logBytes, hostCalls: 2 }
  return { tenant: 'one', program: processProgram(exported), input: 'null', limits, ...rest }
}

export async function outputOf(
  pool: Pool,
  exported: string,
  fields: Parameters<typeof request>[1] = {},
): Promise<unknown> {
  const { outcome } = await pool.run(request(exported, fields))
  if (outcome.status !== 'ok') throw new Error(`${exported} came out as ${JSON.stringify(outcome)}`)
  return JSON.parse(Buffer.from(outcome.output).toString())
}

export async function collect(body: AsyncIterable<StreamItem>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}
