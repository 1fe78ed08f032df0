import { randomUUID } from 'node:crypto'
import type { Pool, RunReport } from '@evenkeel/pool'
import { ServerError } from '../errors/server-error.ts'

/** Enough to load the largest package once. */
const limits = { wallMs: 20_000, cpuMs: 20_000, outputBytes: 100, logBytes: 10_000, hostCalls: 0 }

/**
 * Loads each package that the operator added once, as a block would. One that needs native code, files or processes may be bundled without an
 * error, and would fail in every block that asks for it. Throws `EK_CONFIG_INVALID` that names it.
 */
export async function checkModules(pool: Pool, names: readonly string[], memoryMb: number): Promise<void> {
  for (const name of new Set(names)) {
    const { outcome } = await pool.run({
      tenant: 'configuration',
      program: { id: randomUUID(), options: { language: 'js' }, source: `require(${JSON.stringify(name)}); return 1` },
      input: 'null',
      limits: { ...limits, memoryMb },
    })
    if (outcome.status === 'ok') continue
    throw new ServerError(
      'EK_CONFIG_INVALID',
      `the option "blocks.modules": ${JSON.stringify(name)} cannot be loaded in a block: ${reasonOf(outcome)}`,
      {
        hint: 'Blocks have no native code, files, processes or sockets: a package that needs them when it is loaded cannot be added',
      },
    )
  }
}

function reasonOf(outcome: Exclude<RunReport['outcome'], { status: 'ok' }>): string {
  if (outcome.status === 'failed') return outcome.error.message
  return `it ended by ${outcome.reason}`
}
