import type { Pool } from 'pg'
import { ServerError } from '../../errors/server-error.ts'
import { loadDriver } from './drivers.host.ts'

export interface PostgresOptions {
  /** `postgres://`. */
  readonly url: string
  /** Connections of one runtime at most. */
  readonly max: number
  /** Whether opening fails when nothing answers. */
  readonly required: boolean
  /** For connecting, and how long a query waits for a free connection. */
  readonly connectTimeoutMs: number
  /** After which the server ends a statement. */
  readonly statementTimeoutMs: number
}

/** A pool of `pg`. Throws `EK_BINDING_OPEN` when it is required and cannot connect. The caller ends it with `end()`. */
export async function openPostgres(options: PostgresOptions): Promise<Pool> {
  const { default: pg } = await loadDriver('pg', () => import('pg'))
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    connectionTimeoutMillis: options.connectTimeoutMs,
    statement_timeout: options.statementTimeoutMs,
  })
  // Without a listener an idle connection that is lost would end the process.
  pool.on('error', () => undefined)
  if (options.required) await check(pool)
  return pool
}

async function check(pool: Pool): Promise<void> {
  try {
    await pool.query('SELECT 1')
  } catch (cause) {
    await pool.end()
    // Without the message, which may hold the address and the user.
    const { code, name } = cause as { code?: string; name?: string }
    throw new ServerError('EK_BINDING_OPEN', `PostgreSQL cannot be reached: ${code ?? name ?? 'unknown reason'}`, {
      cause,
    })
  }
}
