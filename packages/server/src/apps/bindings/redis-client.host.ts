import type { createClient } from 'redis'
import { ServerError } from '../../errors/server-error.ts'
import { loadDriver } from './drivers.host.ts'

/** A client of `redis` (node-redis), connected. */
export type RedisClient = ReturnType<typeof createClient>

export interface RedisOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string
  /** Whether opening fails when nothing answers. Otherwise commands fail until something does. */
  readonly required: boolean
  /** For connecting, and for each command. */
  readonly timeoutMs: number
}

/**
 * A client that reconnects by itself, and whose commands fail at once while it has no connection: a queue of commands would only
 * answer late. Throws `EK_BINDING_OPEN` when it is required and cannot connect. The caller closes it with `close()`.
 */
export async function openRedis(options: RedisOptions): Promise<RedisClient> {
  const redis = await loadDriver('redis', () => import('redis'))
  const { url, required, timeoutMs } = options
  const client = redis.createClient({
    url,
    disableOfflineQueue: true,
    commandOptions: { timeout: timeoutMs },
    socket: { connectTimeout: timeoutMs, reconnectStrategy: (retries) => Math.min(50 * 2 ** retries, 2_000) },
  })
  // Without a listener a lost connection would end the process.
  client.on('error', () => undefined)
  await connect(client, required)
  return client as RedisClient
}

interface Connecting {
  connect(): Promise<unknown>
  destroy(): void
  on(event: 'ready' | 'error', listener: (error?: Error) => void): unknown
  off(event: 'ready' | 'error', listener: (error?: Error) => void): unknown
}

/** The client would try for ever: its first failure is taken as the answer. */
async function connect(client: Connecting, required: boolean): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onReady = (): void => resolve()
  const onError = (error?: Error): void => (required ? reject(error) : resolve())
  client.on('ready', onReady)
  client.on('error', onError)
  client.connect().catch(onError)
  try {
    await promise
  } catch (cause) {
    client.destroy()
    throw new ServerError('EK_BINDING_OPEN', `Redis cannot be reached: ${reasonOf(cause)}`, { cause })
  } finally {
    client.off('ready', onReady)
    client.off('error', onError)
  }
}

/** Without the address, which may hold a password. */
function reasonOf(cause: unknown): string {
  const { code, name } = cause as { code?: string; name?: string }
  return code ?? name ?? 'unknown reason'
}
