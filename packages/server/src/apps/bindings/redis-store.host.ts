import { ServerError } from '../../errors/server-error.ts'
import { closedError, valueError } from './checks.ts'
import type { RedisClient } from './redis-client.host.ts'
import type { SharedStore, Swap, WriteOptions } from './shared-store.ts'

/** ARGV: what is expected and what comes next, each after `1`, or `0` for nothing; milliseconds to live, or `0` to keep what is left. */
const swapScript = `
local held = redis.call('GET', KEYS[1])
local expects, expected, writes, value, ttl = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
if expects == '0' then if held then return 0 end
elseif held ~= expected then return 0 end
if writes == '0' then redis.call('DEL', KEYS[1])
elseif ttl ~= '0' then redis.call('SET', KEYS[1], value, 'PX', ttl)
else redis.call('SET', KEYS[1], value, 'KEEPTTL') end
return 1`

/**
 * ARGV: what is added, milliseconds to live or `0`. Checked before adding: numbers beyond 2^53-1 would not be exact in JavaScript. The
 * sum is read as text, since the client rounds large integer replies.
 */
const incrementScript = `
local held = redis.call('GET', KEYS[1])
if math.abs(tonumber(held or 0) + tonumber(ARGV[1])) > 9007199254740991 then return redis.error_reply('RANGE beyond the safe integers') end
redis.call('INCRBY', KEYS[1], ARGV[1])
if not held and ARGV[2] ~= '0' then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return redis.call('GET', KEYS[1])`

/** Keys in Redis, for apps on more than one machine. Redis' own clock decides when an entry is over. */
export class RedisStore implements SharedStore {
  readonly #client: RedisClient
  readonly #prefix: string

  /** The client becomes the store's, which closes it. All keys start with `prefix`. */
  constructor(client: RedisClient, prefix: string) {
    this.#client = client
    this.#prefix = prefix
  }

  async get(space: string, key: string): Promise<string | undefined> {
    return (await this.#run((client) => client.get(this.#key(space, key)))) ?? undefined
  }

  async set(space: string, key: string, value: string, options: WriteOptions): Promise<boolean> {
    const { ttlMs, only } = options
    const answer = await this.#run((client) =>
      client.set(this.#key(space, key), value, {
        ...(ttlMs === undefined ? {} : { expiration: { type: 'PX' as const, value: ttlMs } }),
        ...(only === undefined ? {} : { condition: only === 'absent' ? ('NX' as const) : ('XX' as const) }),
      }),
    )
    return answer !== null
  }

  async swap(space: string, key: string, swap: Swap): Promise<boolean> {
    const { expected, next, ttlMs = 0 } = swap
    const args = [...optional(expected), ...optional(next), String(ttlMs)]
    return (await this.#eval(swapScript, this.#key(space, key), args)) === 1
  }

  async delete(space: string, key: string): Promise<boolean> {
    return (await this.#run((client) => client.del(this.#key(space, key)))) > 0
  }

  /** Redis may name a key twice while its table grows: each is given once. */
  async *keys(space: string, prefix: string): AsyncIterable<string> {
    const base = this.#key(space, '')
    const pattern = `${escapeGlob(base + prefix)}*`
    const seen = new Set<string>()
    for (let cursor = '0'; ;) {
      const at = cursor
      const page = await this.#run((client) => client.scan(at, { MATCH: pattern, COUNT: 256 }))
      for (const key of page.keys) {
        if (seen.has(key)) continue
        seen.add(key)
        yield key.slice(base.length)
      }
      cursor = String(page.cursor)
      if (cursor === '0') return
    }
  }

  async increment(space: string, key: string, by: number, ttlMs: number | undefined): Promise<number> {
    return Number(await this.#eval(incrementScript, this.#key(space, key), [String(by), String(ttlMs ?? 0)]))
  }

  async count(space: string, key: string): Promise<number> {
    return Number((await this.get(space, key)) ?? 0)
  }

  reset(space: string, key: string): Promise<boolean> {
    return this.delete(space, key)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#client.isReady) await this.#client.close()
    else if (this.#client.isOpen) this.#client.destroy()
  }

  #key(space: string, key: string): string {
    return `${this.#prefix}${space}:${key}`
  }

  #eval(script: string, key: string, args: readonly string[]): Promise<unknown> {
    return this.#run((client) => client.eval(script, { keys: [key], arguments: [...args] }))
  }

  async #run<Value>(command: (client: RedisClient) => Promise<Value>): Promise<Value> {
    if (!this.#client.isOpen) throw closedError('the shared store')
    try {
      return await command(this.#client)
    } catch (cause) {
      throw redisError(cause)
    }
  }
}

function optional(value: string | undefined): readonly [string, string] {
  return value === undefined ? ['0', ''] : ['1', value]
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]]/g, String.raw`\$&`)
}

function redisError(cause: unknown): ServerError {
  const message = cause instanceof Error ? cause.message : String(cause)
  if (message.startsWith('RANGE ')) return valueError('the counter would leave the safe integers')
  if (message.startsWith('OOM ')) return new ServerError('EK_BINDING_FULL', 'Redis is full', { cause })
  const reason = message.split(/[ :]/, 1)[0] ?? ''
  return new ServerError('EK_BINDING_UNAVAILABLE', `Redis did not carry out the command: ${reason}`, {
    cause,
    status: 503,
  })
}
